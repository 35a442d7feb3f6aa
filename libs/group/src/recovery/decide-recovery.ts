import { type Context, type RowKey, rowKey, type Tx } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import type { CommandSpec, Guardians } from "@guildhall/proto";
import { type Decision, decide, decisionKeys } from "../decide.ts";
import { GUARDIANS, guardiansAt, type OpenCase, openAt, RECOVERIES } from "./tables.ts";

/** The rows that commands of a recovery read; `people` are members whom they are about. */
export function recoveryKeys(ctx: Context, ...people: readonly number[]): RowKey[] {
  return [...decisionKeys(ctx, ...people), rowKey(GUARDIANS, ctx.g), rowKey(RECOVERIES, ctx.g)];
}

/** That one of these guardians acts. @throws AppError of the rule; `FORBIDDEN` with `d.guardian` for who is none. */
export function decideAsGuardian(tx: Tx, ctx: Context, spec: CommandSpec, { u }: Guardians): Decision {
  const decision = decide(tx, ctx, spec);
  if (!u.includes(ctx.actor)) throw new AppError("FORBIDDEN", "guardians only", { d: { guardian: true } });
  return decision;
}

/** The case that was opened at `s`. @throws AppError `NOT_FOUND` when it is not the one that is open. */
export function caseOf(tx: Tx, ctx: Context, s: number): OpenCase {
  const open = openAt(tx.get(RECOVERIES, ctx.g), ctx.nowMs);
  if (open?.s !== s) throw new AppError("NOT_FOUND", "no such case is open");
  return open;
}

/** For what would take the group away from whoever recovers it. @throws AppError `PENDING_APPROVAL` with `d.s`. */
export function refuseWhileOpen(tx: Tx, ctx: Context): void {
  const open = openAt(tx.get(RECOVERIES, ctx.g), ctx.nowMs);
  if (open !== null) throw new AppError("PENDING_APPROVAL", "a recovery is open", { d: { s: open.s } });
}

/** For what would keep a guardian from the group. @throws AppError `FORBIDDEN` with `d.guardian`. */
export function refuseGuardian(tx: Tx, ctx: Context, u: number): void {
  const { u: now } = guardiansAt(tx.get(GUARDIANS, ctx.g), ctx.nowMs);
  const ofCase = openAt(tx.get(RECOVERIES, ctx.g), ctx.nowMs)?.guardians.u ?? [];
  if (!now.includes(u) && !ofCase.includes(u)) return;
  throw new AppError("FORBIDDEN", "a guardian stays in the group", { d: { guardian: true } });
}
