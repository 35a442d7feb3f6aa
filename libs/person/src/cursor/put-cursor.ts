import { type Handler, rowKey } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { isAhead, type PutCursorArgs } from "@guildhall/proto";
import { CURSORS } from "./tables.ts";

/**
 * `cursor.put`: how far the person has read a group. Kept when it is further, by epoch and then seq, than what
 * is known; a repeat or a late copy changes nothing. @throws AppError `FORBIDDEN` for another person's.
 */
export const putCursor: Handler<PutCursorArgs> = {
  reads: ({ g }, ctx) => [rowKey(CURSORS, ctx.g, g)],
  run(tx, { g, ep, s, m }, ctx) {
    if (ctx.actor !== ctx.g && ctx.actor !== 0) throw new AppError("FORBIDDEN", "somebody else's cursor");
    const known = tx.get(CURSORS, ctx.g, g);
    if (known !== undefined && !isAhead({ ep, s }, known)) return;
    tx.put(CURSORS, { u: ctx.g, g, ep, s, m });
  },
};
