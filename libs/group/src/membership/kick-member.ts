import type { Handler } from "@guildhall/entity";
import { COMMANDS, type KickArgs, type MembershipEvents } from "@guildhall/proto";
import { decideOn, decisionKeys } from "../decide.ts";
import { endMembership, rosterKeys } from "../roster.ts";

/** `member.kick`: ends a membership; they may join again. @throws AppError of the rule; `NOT_FOUND` for no member. */
export const kickMember: Handler<KickArgs> = {
  reads: ({ u }, ctx) => [...decisionKeys(ctx, u), ...rosterKeys(ctx)],
  run(tx, { u }, ctx) {
    const { group, on } = decideOn(tx, ctx, COMMANDS["member.kick"], u);
    endMembership(tx, group, on, "kicked");
    const body: MembershipEvents["member.kick"] = { u };
    tx.emit({ kind: "member.kick", body, permission: true });
  },
};
