import { type Context, type Handler, rowKey } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import type { EntitleArgs } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { PERSONS } from "../person/tables.ts";
import { ENTITLEMENTS_OF, type EntitlementsRow } from "./tables.ts";

/**
 * `person.entitle`: the operator entitles the person to something until a time, or takes it back, and says why. Every
 * group the person is in is told of it.
 * @throws AppError `FORBIDDEN` for anybody else; `BAD_ARGS` without a reason, and for an end that has passed;
 *   `NOT_FOUND`.
 */
export const entitle: Handler<EntitleArgs> = {
  reads: (_, ctx) => [rowKey(PERSONS, ctx.g), rowKey(ENTITLEMENTS_OF, ctx.g)],
  run(tx, { to, until, ref = "" }, ctx) {
    refuseUnfit(until, ctx);
    const { g: u, nowMs, why } = ctx;
    if (tx.get(PERSONS, u) === undefined) throw new AppError("NOT_FOUND", "no such person");
    const row: EntitlementsRow = tx.get(ENTITLEMENTS_OF, u) ?? { u, v: 0, held: {}, changes: [] };
    // A repeat of what is so: it has no nonce that would tell.
    if ((row.held[to] ?? 0) === until) return;
    const changes = [...row.changes, { to, until, at: nowMs, why, ref }];
    tx.put(ENTITLEMENTS_OF, {
      u,
      v: row.v + 1,
      held: { ...row.held, [to]: until },
      changes: changes.slice(-LIMITS.entitlementChangesKept),
    });
  },
};

function refuseUnfit(until: number, { actor, nowMs, why }: Context): void {
  if (actor !== 0) throw new AppError("FORBIDDEN", "operators only");
  if (why.trim() === "") throw new AppError("BAD_ARGS", "/why is missing", { d: { path: "/why" } });
  if (until !== 0 && until <= nowMs) throw new AppError("BAD_ARGS", "/until has passed", { d: { path: "/until" } });
}
