import { type Context, type RowKey, rowKey, type Tx } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import type { CommandSpec, GroupAccount } from "@guildhall/proto";
import { type Grade, LIMITS } from "@guildhall/proto/tables";
import { ACCOUNTS, type AccountRow } from "./tables.ts";

export type Decision = { readonly account: AccountRow; readonly grade: Grade };

/** The rows a decision is made from. */
export function decisionKeys(ctx: Context): RowKey[] {
  return [rowKey(ACCOUNTS, ctx.g)];
}

/** @throws AppError `UNSUPPORTED` as the group, and in another lane than the main one. */
export function onlyOffered(ctx: Context): void {
  if (ctx.as !== 0) throw new AppError("UNSUPPORTED", "not as a group");
  if (ctx.lane !== 0) throw new AppError("UNSUPPORTED", `no lane ${ctx.lane}`);
}

/** What somebody is in the account. */
export function gradeIn({ operators }: Pick<AccountRow, "operators">, u: number): Grade | undefined {
  return operators.find(([one]) => one === u)?.[1];
}

/**
 * That an operator of one of these grades acts, with a fresh sign-in where the command is dangerous.
 * @throws AppError `NOT_FOUND` for who is no operator, as where there is no account; `FORBIDDEN` with `d.grades`;
 *   `STEP_UP_REQUIRED`.
 */
export function decide(tx: Tx, ctx: Context, spec: CommandSpec, grades: readonly Grade[] = ["main"]): Decision {
  onlyOffered(ctx);
  const account = tx.get(ACCOUNTS, ctx.g);
  const grade = account === undefined ? undefined : gradeIn(account, ctx.actor);
  if (account === undefined || grade === undefined) throw new AppError("NOT_FOUND", "no such account");
  if (!grades.includes(grade)) throw new AppError("FORBIDDEN", `not as ${grade}`, { d: { grades: [...grades] } });
  if (spec.dangerous === true) requireFreshSignIn(ctx);
  return { account, grade };
}

/** @throws AppError `STEP_UP_REQUIRED` where the password was given too long ago. */
export function requireFreshSignIn({ authMs, nowMs }: Context): void {
  if (nowMs - authMs <= LIMITS.dangerousSignInMaxMs) return;
  throw new AppError("STEP_UP_REQUIRED", undefined, { d: { methods: ["password"] } });
}

/** For commands of our services. @throws AppError `NOT_FOUND`. */
export function accountOf(tx: Tx, ctx: Context): AccountRow {
  onlyOffered(ctx);
  const account = tx.get(ACCOUNTS, ctx.g);
  if (account === undefined) throw new AppError("NOT_FOUND", "no such account");
  return account;
}

/** What the account tells its groups of itself. */
export function toldOf({ a, name, changed: at, operators: op }: AccountRow): GroupAccount {
  return { a, name, at, op };
}
