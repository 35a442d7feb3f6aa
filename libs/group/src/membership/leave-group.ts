import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type LeaveArgs, type MembershipEvents } from "@guildhall/proto";
import { decide, decisionKeys } from "../decide.ts";
import { endMembership, rosterKeys } from "../roster.ts";

/** `member.leave`: also while muted. @throws AppError of the rule; `LAST_OWNER` for the owner. */
export const leaveGroup: Handler<LeaveArgs> = {
  reads: (_, ctx) => [...decisionKeys(ctx), ...rosterKeys(ctx)],
  run(tx, _, ctx) {
    const { group, member } = decide(tx, ctx, COMMANDS["member.leave"]);
    if (group.owner === member.u) throw new AppError("LAST_OWNER");
    endMembership(tx, group, member, "left");
    const body: MembershipEvents["member.leave"] = { u: member.u };
    tx.emit({ kind: "member.leave", body, permission: true });
  },
};
