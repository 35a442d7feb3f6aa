import { type Handler, rowKey } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { type BanArgs, COMMANDS, type MembershipEvents } from "@guildhall/proto";
import { badArgs } from "../bad-args.ts";
import { decideAbout } from "../decide.ts";
import { recoveryKeys, refuseGuardian } from "../recovery/decide-recovery.ts";
import { endMembership, rosterKeys } from "../roster.ts";
import { BANS, NO_END } from "./tables.ts";

/**
 * `member.ban`: ends a membership, if there is one, and keeps the person from joining until a time, or for
 * good; it takes the place of any ban before.
 * @throws AppError of the rule; `BAD_ARGS` when `until` is not ahead; `ALREADY` when it is that very ban;
 *   `FORBIDDEN` for a guardian.
 */
export const banMember: Handler<BanArgs> = {
  reads: ({ u }, ctx) => [...recoveryKeys(ctx, u), ...rosterKeys(ctx), rowKey(BANS, ctx.g, u)],
  run(tx, { u, until = NO_END }, ctx) {
    const { group, on } = decideAbout(tx, ctx, COMMANDS["member.ban"], u);
    refuseGuardian(tx, ctx, u);
    if (until !== NO_END && until <= ctx.nowMs) throw badArgs("/until", "is not ahead");
    if (tx.get(BANS, ctx.g, u)?.until === until) throw new AppError("ALREADY", "banned so already");
    if (on?.state === "in") endMembership(tx, group, on, "banned");
    const body: MembershipEvents["member.ban"] = { u, until };
    const { atMs: at } = tx.emit({ kind: "member.ban", body, permission: true });
    tx.put(BANS, { g: ctx.g, u, until, by: ctx.actor, at, why: ctx.why });
  },
};
