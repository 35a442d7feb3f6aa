import { type Handler, rowKey } from "@guildhall/entity";
import { seeded } from "@guildhall/kernel/seeded";
import type { PutHoldingsArgs, PutMembershipArgs } from "@guildhall/proto";
import { ENTITLEMENTS_OF } from "../entitlement/tables.ts";
import { MEMBERSHIPS } from "./tables.ts";

/**
 * `membership.put`: what a journal reader knows of the person `g` in a group. Kept only when it is newer, by
 * epoch and then position, than what is known; a repeat or a late copy changes nothing. The row of an ended
 * membership stays, so that a late copy cannot bring it back.
 * Answers with what the group is to be told of the person, where there is something.
 */
export const putMembership: Handler<PutMembershipArgs> = {
  reads: ({ g }, ctx) => [rowKey(MEMBERSHIPS, ctx.g, g), rowKey(ENTITLEMENTS_OF, ctx.g)],
  run(tx, args, ctx): PutHoldingsArgs | undefined {
    const row = args.in ? tx.get(ENTITLEMENTS_OF, ctx.g) : undefined;
    const held = row === undefined ? undefined : { u: ctx.g, v: row.v, held: row.held };
    const known = tx.get(MEMBERSHIPS, ctx.g, args.g);
    const { ep, pos } = args;
    const isOlder = known !== undefined && (ep < known.ep || (ep === known.ep && pos <= known.pos));
    // A repeat is answered all the same: the first answer may not have been carried out.
    if (isOlder && !seeded("rule-16-guarded")) return held;
    const { g, name, number, at } = args;
    tx.put(MEMBERSHIPS, { u: ctx.g, g, in: args.in, name, number, at, ep, pos });
    return held;
  },
};
