import type { Answer, GroupFacts, Holdings, MemberFacts, Question, Refusal } from "@guildhall/proto";
import { type Axis, type Bit, type CommandAxis, GROUP_STATES, type GroupState, LIMITS } from "@guildhall/proto/tables";
import { ALL, DANGEROUS_BITS, hasBit, type Mask, maskOf, union } from "./bits.ts";
import { type Effective, muted, muteOf, rankOf, unmutedOf } from "./effective.ts";
import { gradeOf, isOwner } from "./operators.ts";
import { ruling } from "./policy.ts";

/**
 * `member`: of the actor. `on`: of the one acted on; null also where the question names nobody. `holds`: what the actor
 * is entitled to; absent where that is not known, and then no reason to refuse.
 */
export type Facts = {
  readonly group: GroupFacts | null;
  readonly member: MemberFacts;
  readonly on: MemberFacts;
  readonly holds?: Holdings;
};

type Why = { readonly why: Refusal; readonly bit?: Bit; readonly until?: number; readonly axis?: Axis };

/**
 * The rule: may `question.u` do this? Pure; the owner of a group, the sidecar and the clients' buttons
 * all ask it here.
 *
 * The first reason in this order is given: NO_GROUP, NOT_MEMBER, FROZEN, POLICY, MUTED, OWNER, BIT, RANK,
 * STEP_UP.
 * A refusal carries what the actor has all the same. `minV` is not looked at: whoever brings the facts
 * does that. That `on` is no member refuses nothing here; the handler says so.
 */
export function may(question: Question, facts: Facts, nowMs: number): Answer {
  const { group, member } = facts;
  const { axis } = question;
  if (group === null) return { ok: false, v: 0, lo: 0, hi: 0, rank: 0, why: "NO_GROUP" };
  const unmuted = unmutedOf(group, member, question.u);
  const mute = muteOf(group, member, unmuted, nowMs);
  const has = mute === undefined ? unmuted : muted(unmuted);
  const refusal =
    standing(question, group, member) ??
    (axis === undefined || isOwner(group, question.u)
      ? bits(question, group, has, unmuted, mute?.until ?? 0)
      : ruled(axis, question, group, facts, unmuted, nowMs)) ??
    hierarchy(question, group, facts) ??
    stepUp(question, group, nowMs);
  if (refusal === undefined) return { ok: true, v: group.v, lo: has.lo, hi: has.hi, rank: has.rank };
  return { ok: false, v: group.v, lo: has.lo, hi: has.hi, rank: has.rank, ...refusal };
}

function standing(question: Question, group: GroupFacts, member: MemberFacts): Why | undefined {
  if (member === null && group.owner !== question.u) return { why: "NOT_MEMBER" };
  if (group.state !== "active" && question.anyState !== true && !isKept(question, group.state))
    return { why: "FROZEN" };
  return undefined;
}

/** A question that names no bit is none of what stays: what it stands for is not known here. */
function isKept(question: Question, state: GroupState): boolean {
  if (question.on !== undefined || question.ownerOnly === true || question.dangerous === true) return false;
  return question.need.length > 0 && question.need.every((bit) => hasBit(KEPT[state], bit));
}

function bits(
  question: Question,
  group: GroupFacts,
  has: Effective,
  unmuted: Effective,
  until: number,
): Why | undefined {
  const missing = firstMissing(question.need, has);
  if (missing !== undefined && hasBit(unmuted, missing)) return { why: "MUTED", until };
  if (question.ownerOnly === true && !isOwner(group, question.u)) return { why: "OWNER" };
  return missing === undefined ? undefined : { why: "BIT", bit: missing };
}

/** Bits after the policy of the group has spoken: it refuses, leaves it to them, or gives some for this. */
function ruled(
  axis: CommandAxis,
  question: Question,
  group: GroupFacts,
  { member, holds }: Facts,
  unmuted: Effective,
  nowMs: number,
): Why | undefined {
  const said = ruling(group, axis, unmuted.rank, holds, nowMs);
  if (said?.refused === true) return { why: "POLICY", axis };
  const given = said === undefined ? unmuted : { ...union(unmuted, said.gives), rank: unmuted.rank };
  const mute = muteOf(group, member, given, nowMs);
  return bits(question, group, mute === undefined ? given : muted(given), given, mute?.until ?? 0);
}

function firstMissing(need: readonly Bit[], has: Effective): Bit | undefined {
  for (const bit of need) if (!hasBit(has, bit)) return bit;
  return undefined;
}

const KEPT = Object.fromEntries(
  Object.entries(GROUP_STATES).map(([state, { keeps }]) => [state, keeps === "all" ? ALL : maskOf(keeps)]),
) as Readonly<Record<GroupState, Mask>>;

/** Rule H1: strictly above; nobody is above the owner, and nobody above oneself. */
function hierarchy(question: Question, group: GroupFacts, facts: Facts): Why | undefined {
  const { u, on } = question;
  if (on === undefined) return undefined;
  if (on === u || on === group.owner) return { why: "RANK" };
  if (facts.on === null && gradeOf(group, on) === undefined) return undefined;
  return rankOf(group, facts.member, u) > rankOf(group, facts.on, on) ? undefined : { why: "RANK" };
}

/** The owner, too, signs in again for what is dangerous, and everybody after a recovery. */
function stepUp(question: Question, { authFrom = 0 }: GroupFacts, nowMs: number): Why | undefined {
  const bit = firstDangerous(question.need);
  if (bit === undefined && question.dangerous !== true) return undefined;
  if (nowMs - question.auth <= LIMITS.dangerousSignInMaxMs && question.auth >= authFrom) return undefined;
  return bit === undefined ? { why: "STEP_UP" } : { why: "STEP_UP", bit };
}

function firstDangerous(need: readonly Bit[]): Bit | undefined {
  for (const bit of need) if (DANGEROUS_BITS.has(bit)) return bit;
  return undefined;
}
