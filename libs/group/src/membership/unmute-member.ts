import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type MembershipEvents, type UnmuteArgs } from "@guildhall/proto";
import { decideOn, decisionKeys } from "../decide.ts";
import { MEMBERS } from "./tables.ts";

/** `member.unmute`. @throws AppError of the rule; `NOT_FOUND` for no member; `ALREADY` when no mute binds now. */
export const unmuteMember: Handler<UnmuteArgs> = {
  reads: ({ u }, ctx) => decisionKeys(ctx, u),
  run(tx, { u }, ctx) {
    const { on } = decideOn(tx, ctx, COMMANDS["member.unmute"], u);
    if (on.mute <= ctx.nowMs) throw new AppError("ALREADY", "not muted");
    tx.put(MEMBERS, { ...on, mute: 0 });
    const body: MembershipEvents["member.unmute"] = { u };
    tx.emit({ kind: "member.unmute", body, permission: true });
  },
};
