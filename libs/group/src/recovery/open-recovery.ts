import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type OpenRecoveryArgs, type RecoveryEvents } from "@guildhall/proto";
import { badArgs } from "../bad-args.ts";
import { MEMBERS } from "../membership/tables.ts";
import { decideAsGuardian, recoveryKeys, refuseWhileOpen } from "./decide-recovery.ts";
import { GUARDIANS, guardiansAt, RECOVERIES } from "./tables.ts";

/**
 * `recovery.open`: a guardian asks that `to` becomes the owner, with a reason, and approves it by that. The owner and
 * all guardians are mentioned.
 * @throws AppError of the rule; `FORBIDDEN` for who is no guardian; `BAD_ARGS` without a reason; `NOT_FOUND` when `to`
 *   is no member; `ALREADY` when `to` is the owner; `PENDING_APPROVAL` while another is open.
 */
export const openRecovery: Handler<OpenRecoveryArgs> = {
  reads: ({ to }, ctx) => recoveryKeys(ctx, to),
  run(tx, { to }, ctx) {
    const guardians = guardiansAt(tx.get(GUARDIANS, ctx.g), ctx.nowMs);
    const { group } = decideAsGuardian(tx, ctx, COMMANDS["recovery.open"], guardians);
    refuseWhileOpen(tx, ctx);
    if (ctx.why === "") throw badArgs("/why", "a recovery needs a reason");
    if (to === group.owner) throw new AppError("ALREADY", "owner already");
    if (tx.get(MEMBERS, ctx.g, to)?.state !== "in") throw new AppError("NOT_FOUND", "no such member");
    const body: RecoveryEvents["recovery.open"] = { to, need: guardians.need };
    const { seq: s, atMs: at } = tx.emit({ kind: "recovery.open", body, mn: [group.owner, ...guardians.u] });
    const { actor: by, why } = ctx;
    tx.put(RECOVERIES, { g: ctx.g, open: { s, to, by, at, why, guardians, approvals: [by], due: 0 } });
  },
};
