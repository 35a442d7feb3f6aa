import { type Handler, rowKey } from "@guildhall/entity";
import type { PutSeatArgs } from "@guildhall/proto";
import { SEATS } from "./tables.ts";

/**
 * `seat.put`: what a journal reader knows of the person `g` in an account. Kept only when it is newer, by epoch and then
 * position, than what is known. The row of who is no operator any more stays, so that a late copy cannot bring it back.
 */
export const putSeat: Handler<PutSeatArgs> = {
  reads: ({ a }, ctx) => [rowKey(SEATS, ctx.g, a)],
  run(tx, args, ctx) {
    const known = tx.get(SEATS, ctx.g, args.a);
    const { a, name, grade, ep, pos } = args;
    if (known !== undefined && (ep < known.ep || (ep === known.ep && pos <= known.pos))) return;
    tx.put(SEATS, { u: ctx.g, a, in: args.in, name, grade, ep, pos });
  },
};
