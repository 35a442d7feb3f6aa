import { type Handler, rowKey } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import type { TakeClaimArgs } from "@guildhall/proto";
import { CLAIMS } from "./tables.ts";

/**
 * `claim.confirm`: the entity `by` exists, so the name is its own for good. A claim that has lapsed and
 * that nobody else took is confirmed all the same.
 * @throws AppError `CONFLICT` when `by` does not hold it.
 */
export const confirmClaim: Handler<TakeClaimArgs> = {
  reads: ({ kind, name }, ctx) => [rowKey(CLAIMS, ctx.g, kind, name)],
  run(tx, { kind, name, by }, ctx) {
    const row = tx.get(CLAIMS, ctx.g, kind, name);
    if (row?.by !== by) throw new AppError("CONFLICT", "somebody else holds the name");
    if (!row.confirmed) tx.put(CLAIMS, { ...row, confirmed: true });
  },
};
