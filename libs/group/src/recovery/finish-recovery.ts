import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type FinishRecoveryArgs, type RecoveryEvents } from "@guildhall/proto";
import { GROUPS } from "../lifecycle/tables.ts";
import { MEMBERS } from "../membership/tables.ts";
import { putRoles, rosterKeys } from "../roster.ts";
import { caseOf, decideAsGuardian, recoveryKeys } from "./decide-recovery.ts";
import { RECOVERIES } from "./tables.ts";

/**
 * `recovery.finish`: after the waiting time a guardian hands the group over. The owner before becomes a plain member,
 * and is signed out everywhere. For what is dangerous everybody gives their password anew. `to` is named again, so that its row is read along.
 * @throws AppError of the rule; `FORBIDDEN` for who is no guardian; `NOT_FOUND` for another case, and when `to` has
 *   left; `PENDING_APPROVAL` with `d.due`, 0 while approvals are missing.
 */
export const finishRecovery: Handler<FinishRecoveryArgs> = {
  reads: ({ to }, ctx) => [...recoveryKeys(ctx, to), ...rosterKeys(ctx)],
  run(tx, { s, to }, ctx) {
    const open = caseOf(tx, ctx, s);
    const { guardians } = open;
    const { group } = decideAsGuardian(tx, ctx, COMMANDS["recovery.finish"], guardians);
    if (open.to !== to) throw new AppError("NOT_FOUND", "the case is for somebody else");
    if (open.due === 0 || ctx.nowMs < open.due)
      throw new AppError("PENDING_APPROVAL", "the waiting time is not over", { d: { due: open.due } });
    const on = tx.get(MEMBERS, ctx.g, to);
    if (on?.state !== "in") throw new AppError("NOT_FOUND", "no such member");
    putRoles(tx, { ...on, mute: 0 }, []);
    tx.put(RECOVERIES, { g: ctx.g, open: null });
    const body: RecoveryEvents["recovery.finish"] = { s, from: group.owner, to };
    const mn = [group.owner, ...guardians.u];
    const { atMs } = tx.emit({ kind: "recovery.finish", body, permission: true, mn });
    tx.put(GROUPS, { ...group, owner: to, ownerHolds: on.holds ?? null, authFrom: atMs, dissolveAt: 0 });
  },
};
