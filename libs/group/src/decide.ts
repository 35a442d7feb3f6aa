import { type Context, type RowKey, rowKey, type Tx } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { seeded } from "@guildhall/kernel/seeded";
import { type Effective, hasBit, may, muteOf, refusalToError, unmutedOf } from "@guildhall/model";
import { bitsNeeded, type CommandSpec, type GroupFacts, type Holdings, type Question } from "@guildhall/proto";
import type { Bit } from "@guildhall/proto/tables";
import { groupFactsOf, memberFactsOf } from "./facts.ts";
import { GROUPS, type GroupRow } from "./lifecycle/tables.ts";
import { MEMBERS, type MemberRow } from "./membership/tables.ts";
import { GROUP_ROLES } from "./role/tables.ts";

/** What somebody is entitled to of whom nothing was told. */
const NOTHING_HELD: Holdings = {};

/** That the actor may, and what it was decided from. */
export type Decision = {
  readonly group: GroupRow;
  readonly facts: GroupFacts;
  /** The actor. */
  readonly member: MemberRow;
  /** What the actor has in the group now. */
  readonly effective: Effective;
};
/** The same, with the member whom the command is about. */
export type DecisionOn = Decision & { readonly on: MemberRow };

/** The rows a decision is made from; `people` are members whom the command is about. */
export function decisionKeys(ctx: Context, ...people: readonly number[]): RowKey[] {
  const members = [ctx.actor, ...people].map((u) => rowKey(MEMBERS, ctx.g, u));
  return [rowKey(GROUPS, ctx.g), rowKey(GROUP_ROLES, ctx.g), ...members];
}

/**
 * Refuses what no group offers.
 * @throws AppError `UNSUPPORTED` as the group for what is not said in its voice, and in another lane than the main one.
 */
export function onlyOffered(ctx: Context, { asGroup }: Pick<CommandSpec, "asGroup"> = {}): void {
  if (ctx.as !== 0 && asGroup !== true) throw new AppError("UNSUPPORTED", "not as the group");
  if (ctx.lane !== 0) throw new AppError("UNSUPPORTED", `no lane ${ctx.lane}`);
}

/** Whether the actor may do what `spec` says. @throws AppError with the refusal of the rule; `UNSUPPORTED`. */
export function decide(tx: Tx, ctx: Context, spec: CommandSpec): Decision {
  return judge(tx, ctx, spec, undefined);
}

/**
 * Whether the actor may do it about `u`.
 * @throws AppError as `decide`; `NOT_FOUND` when `u` is no member.
 */
export function decideOn(tx: Tx, ctx: Context, spec: CommandSpec, u: number): DecisionOn {
  const { on, ...decision } = decideAbout(tx, ctx, spec, u);
  if (on?.state !== "in") throw new AppError("NOT_FOUND", "no such member");
  return { ...decision, on };
}

/** The same about somebody who need not be a member. @throws AppError as `decide`. */
export function decideAbout(
  tx: Tx,
  ctx: Context,
  spec: CommandSpec,
  u: number,
): Decision & { readonly on: MemberRow | undefined } {
  const on = tx.get(MEMBERS, ctx.g, u);
  return { ...judge(tx, ctx, spec, spec.onMember === true ? { u, row: on } : undefined), on };
}

function judge(
  tx: Tx,
  ctx: Context,
  spec: CommandSpec,
  target: { readonly u: number; readonly row: MemberRow | undefined } | undefined,
): Decision {
  onlyOffered(ctx, spec);
  const group = tx.get(GROUPS, ctx.g);
  const roles = tx.get(GROUP_ROLES, ctx.g);
  if (group === undefined || roles === undefined) throw new AppError("NOT_FOUND", "no such group");
  const facts = groupFactsOf(group, roles, tx.pv);
  const member = tx.get(MEMBERS, ctx.g, ctx.actor);
  const question = questionOf(ctx, spec, target?.u);
  const believed = seeded("rule-5-decide-at-commit");
  const answer = may(
    question,
    {
      group: facts,
      member: memberFactsOf(member),
      on: memberFactsOf(target?.row),
      holds: member?.holds?.held ?? NOTHING_HELD,
    },
    ctx.nowMs,
  );
  if (!answer.ok && !believed) throw refusalToError(answer);
  if (member === undefined) throw new AppError("NOT_MEMBER");
  return { group, facts, member, effective: answer };
}

function questionOf(ctx: Context, spec: CommandSpec, on: number | undefined): Question {
  return {
    g: ctx.g,
    u: ctx.actor,
    need: bitsNeeded(spec, ctx.as !== 0),
    ...(on === undefined ? {} : { on }),
    ownerOnly: spec.ownerOnly === true,
    dangerous: spec.dangerous === true,
    ...(spec.axis === undefined ? {} : { axis: spec.axis }),
    ...(spec.anyState === true ? { anyState: true } : {}),
    auth: ctx.authMs,
    minV: 0,
  };
}

/** @throws AppError `FORBIDDEN` with `d.bit` when the actor has not also this bit. */
export function requireBit({ effective }: Decision, bit: Bit): void {
  if (!hasBit(effective, bit)) throw new AppError("FORBIDDEN", `needs ${bit}`, { d: { bit } });
}

/** For what needs no bit and is lost while muted all the same. @throws AppError `MUTED` with `d.until`. */
export function refuseMuted({ facts, member }: Decision, ctx: Context): void {
  const own = memberFactsOf(member);
  const mute = muteOf(facts, own, unmutedOf(facts, own, ctx.actor), ctx.nowMs);
  if (mute !== undefined) throw new AppError("MUTED", undefined, { d: { until: mute.until } });
}
