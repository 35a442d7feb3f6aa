import { type Handler, rowKey } from "@guildhall/entity";
import { seeded } from "@guildhall/kernel/seeded";
import type { PutMembershipArgs } from "@guildhall/proto";
import { MEMBERSHIPS } from "./tables.ts";

/**
 * `membership.put`: what a journal reader knows of the person `g` in a group. Kept only when it is newer, by
 * epoch and then position, than what is known; a repeat or a late copy changes nothing. The row of an ended
 * membership stays, so that a late copy cannot bring it back.
 */
export const putMembership: Handler<PutMembershipArgs> = {
  reads: ({ g }, ctx) => [rowKey(MEMBERSHIPS, ctx.g, g)],
  run(tx, args, ctx) {
    const known = tx.get(MEMBERSHIPS, ctx.g, args.g);
    const { ep, pos } = args;
    const isOlder = known !== undefined && (ep < known.ep || (ep === known.ep && pos <= known.pos));
    if (isOlder && !seeded("rule-16-guarded")) return;
    const { g, name, number, at } = args;
    tx.put(MEMBERSHIPS, { u: ctx.g, g, in: args.in, name, number, at, ep, pos });
  },
};
