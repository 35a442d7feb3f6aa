import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type RecoveryArgs, type RecoveryEvents } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { caseOf, decideAsGuardian, recoveryKeys } from "./decide-recovery.ts";
import { RECOVERIES } from "./tables.ts";

/**
 * `recovery.approve`: another guardian agrees. With the last that is needed the waiting time begins.
 * @throws AppError of the rule; `FORBIDDEN` for who is no guardian; `NOT_FOUND` for another case; `ALREADY`.
 */
export const approveRecovery: Handler<RecoveryArgs> = {
  reads: (_, ctx) => recoveryKeys(ctx),
  run(tx, { s }, ctx) {
    const open = caseOf(tx, ctx, s);
    const { guardians } = open;
    const { group } = decideAsGuardian(tx, ctx, COMMANDS["recovery.approve"], guardians);
    if (open.approvals.includes(ctx.actor)) throw new AppError("ALREADY", "approved already");
    const approvals = [...open.approvals, ctx.actor];
    const enough = approvals.length >= guardians.need;
    const due = open.due === 0 && enough ? ctx.nowMs + LIMITS.recoveryDelayMs : open.due;
    tx.put(RECOVERIES, { g: ctx.g, open: { ...open, approvals, due } });
    const body: RecoveryEvents["recovery.approve"] = { s, due };
    tx.emit({ kind: "recovery.approve", body, mn: [group.owner, ...guardians.u] });
  },
};
