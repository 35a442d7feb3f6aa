import { type Handler, rowKey } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import type { TakeClaimArgs } from "@guildhall/proto";
import { CLAIMS, isHeld } from "./tables.ts";

/**
 * `claim.take`: holds a name for `by`, unconfirmed. Taken again by the same it lasts anew.
 * @throws AppError `CONFLICT` when somebody else holds it.
 */
export const takeClaim: Handler<TakeClaimArgs> = {
  reads: ({ kind, name }, ctx) => [rowKey(CLAIMS, ctx.g, kind, name)],
  run(tx, { kind, name, by }, ctx) {
    const row = tx.get(CLAIMS, ctx.g, kind, name);
    if (row !== undefined && row.by !== by && isHeld(row, ctx.nowMs)) throw new AppError("CONFLICT", "name is taken");
    if (row?.by === by && row.confirmed) return;
    tx.put(CLAIMS, { id: ctx.g, kind, name, by, at: ctx.nowMs, confirmed: false });
  },
};
