import { type Handler, rowKey } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type RecoveryEvents, type SetGuardiansArgs } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { badArgs } from "../bad-args.ts";
import { decide } from "../decide.ts";
import { refuseOwnedByAccount } from "../lifecycle/tables.ts";
import { MEMBERS } from "../membership/tables.ts";
import { recoveryKeys, refuseWhileOpen } from "./decide-recovery.ts";
import { GUARDIANS, guardiansAt } from "./tables.ts";

/**
 * `guardian.set`: names all who may recover the group. The first are guardians at once; others take their place after
 * LIMITS.recoveryDelayMs, so that nobody who has got hold of the owner's account is rid of them before they can act.
 * @throws AppError of the rule; `BAD_ARGS` for too few, for the owner, and for more needed than there are; `NOT_FOUND`
 *   for no member; `PENDING_APPROVAL` while a recovery is open; `FORBIDDEN` with `d.account` where an account owns it.
 */
export const setGuardians: Handler<SetGuardiansArgs> = {
  reads: ({ u }, ctx) => [...recoveryKeys(ctx), ...u.map((one) => rowKey(MEMBERS, ctx.g, one))],
  run(tx, { u, need }, ctx) {
    const { group } = decide(tx, ctx, COMMANDS["guardian.set"]);
    refuseWhileOpen(tx, ctx);
    refuseOwnedByAccount(group);
    if (u.length > 0 && u.length < LIMITS.guardiansMin) throw badArgs("/u", `fewer than ${LIMITS.guardiansMin}`);
    if (u.length > 0 && need > u.length) throw badArgs("/need", "more than there are");
    if (u.includes(group.owner)) throw badArgs("/u", "the owner is no guardian");
    if (!u.every((one) => tx.get(MEMBERS, ctx.g, one)?.state === "in"))
      throw new AppError("NOT_FOUND", "no such member");
    const row = tx.get(GUARDIANS, ctx.g);
    const now = guardiansAt(row, ctx.nowMs);
    const first = now.u.length === 0;
    const at = first ? ctx.nowMs : ctx.nowMs + LIMITS.recoveryDelayMs;
    const wanted = { u: [...u], need: u.length === 0 ? 0 : need };
    tx.put(GUARDIANS, { g: ctx.g, now: first ? wanted : now, next: first ? null : { ...wanted, at } });
    const body: RecoveryEvents["guardian.set"] = { ...wanted, at };
    tx.emit({ kind: "guardian.set", body, mn: [...new Set([...now.u, ...u])] });
  },
};
