import type { Handler } from "@guildhall/entity";
import { COMMANDS, type KickArgs, type MembershipEvents } from "@guildhall/proto";
import { decideOn } from "../decide.ts";
import { recoveryKeys, refuseGuardian } from "../recovery/decide-recovery.ts";
import { endMembership, rosterKeys } from "../roster.ts";

/** `member.kick`: ends a membership; they may join again. @throws AppError of the rule; `NOT_FOUND` for no member; `FORBIDDEN` for a guardian. */
export const kickMember: Handler<KickArgs> = {
  reads: ({ u }, ctx) => [...recoveryKeys(ctx, u), ...rosterKeys(ctx)],
  run(tx, { u }, ctx) {
    const { group, on } = decideOn(tx, ctx, COMMANDS["member.kick"], u);
    refuseGuardian(tx, ctx, u);
    endMembership(tx, group, on, "kicked");
    const body: MembershipEvents["member.kick"] = { u };
    tx.emit({ kind: "member.kick", body, permission: true });
  },
};
