import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type MembershipEvents, type MuteArgs } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { badArgs } from "../bad-args.ts";
import { decideOn, decisionKeys } from "../decide.ts";
import { MEMBERS } from "./tables.ts";

/**
 * `member.mute`: until a time, instead of any mute before.
 * @throws AppError of the rule; `NOT_FOUND` for no member; `BAD_ARGS` when `until` is not ahead or too far;
 * `ALREADY` when it is that very mute.
 */
export const muteMember: Handler<MuteArgs> = {
  reads: ({ u }, ctx) => decisionKeys(ctx, u),
  run(tx, { u, until }, ctx) {
    const { on } = decideOn(tx, ctx, COMMANDS["member.mute"], u);
    if (until <= ctx.nowMs) throw badArgs("/until", "is not ahead");
    if (until > ctx.nowMs + LIMITS.muteMaxMs) throw badArgs("/until", "is too far ahead");
    if (on.mute === until) throw new AppError("ALREADY", "muted so already");
    tx.put(MEMBERS, { ...on, mute: until });
    const body: MembershipEvents["member.mute"] = { u, until };
    tx.emit({ kind: "member.mute", body, permission: true });
  },
};
