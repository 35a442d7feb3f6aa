import { type Context, type Handler, rowKey } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { type AppealArgs, type AppealEvents, COMMANDS } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { badArgs } from "../bad-args.ts";
import { decide, decisionKeys } from "../decide.ts";
import { APPEAL_HEADS, APPEALS, type AppealHeadRow } from "./tables.ts";

/**
 * `appeal.write`: the owner of a group that is frozen or banned tells the operator why it should be opened again.
 * @throws AppError of the rule; `ALREADY` in a group that is active, and while one waits for an answer; `FROZEN` in one
 *   that was dissolved; `BAD_ARGS` for white space alone; `SLOW_MODE` within LIMITS.appealEveryMs of the last.
 */
export const writeAppeal: Handler<AppealArgs> = {
  reads: (_, ctx) => [...decisionKeys(ctx), rowKey(APPEAL_HEADS, ctx.g)],
  run(tx, { t }, ctx) {
    const { group } = decide(tx, ctx, COMMANDS["appeal.write"]);
    const { state } = group;
    if (state === "active") throw new AppError("ALREADY", "nothing to appeal against");
    if (state === "dissolved") throw new AppError("FROZEN", state);
    if (!/\S/.test(t)) throw badArgs("/t", "is empty");
    const head = tx.get(APPEAL_HEADS, ctx.g);
    refuseSoon(head, ctx);
    const n = (head?.n ?? 0) + 1;
    const body: AppealEvents["appeal.write"] = { n };
    const { atMs: at } = tx.emit({ kind: "appeal.write", body });
    tx.put(APPEALS, { g: ctx.g, n, t, by: ctx.actor, at, state, answer: null });
    tx.put(APPEAL_HEADS, { g: ctx.g, n, at, open: true });
  },
};

function refuseSoon(head: AppealHeadRow | undefined, { nowMs }: Context): void {
  if (head === undefined) return;
  if (head.open) throw new AppError("ALREADY", "an appeal waits for its answer");
  const retryAfterMs = head.at + LIMITS.appealEveryMs - nowMs;
  if (retryAfterMs > 0) throw new AppError("SLOW_MODE", "appealed lately", { retryAfterMs, d: { scope: "appeals" } });
}
