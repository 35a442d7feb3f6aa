import type { Answer, GroupFacts, MemberFacts, Question, Refusal } from "@guildhall/proto";
import { type Bit, LIMITS } from "@guildhall/proto/tables";
import { DANGEROUS_BITS, hasBit, MUTE_KEEP } from "./bits.ts";
import { type Effective, muted, muteOf, rankOf, unmutedOf } from "./effective.ts";

/** `member`: of the actor. `on`: of the one acted on; null also where the question names nobody. */
export type Facts = { readonly group: GroupFacts | null; readonly member: MemberFacts; readonly on: MemberFacts };

type Why = { readonly why: Refusal; readonly bit?: Bit; readonly until?: number };

/**
 * The rule: may `question.u` do this? Pure; the owner of a group, the sidecar and the clients' buttons
 * all ask it here.
 *
 * The first reason in this order is given: NO_GROUP, NOT_MEMBER, FROZEN, MUTED, OWNER, BIT, RANK, STEP_UP.
 * A refusal carries what the actor has all the same. `minV` is not looked at: whoever brings the facts
 * does that. That `on` is no member refuses nothing here; the handler says so.
 */
export function may(question: Question, facts: Facts, nowMs: number): Answer {
  const { group, member } = facts;
  if (group === null) return { ok: false, v: 0, lo: 0, hi: 0, rank: 0, why: "NO_GROUP" };
  const unmuted = unmutedOf(group, member, question.u);
  const mute = muteOf(group, member, unmuted, nowMs);
  const has = mute === undefined ? unmuted : muted(unmuted);
  const refusal =
    standing(question, group, member) ??
    bits(question, group, has, unmuted, mute?.until ?? 0) ??
    hierarchy(question, group, facts) ??
    stepUp(question, nowMs);
  if (refusal === undefined) return { ok: true, v: group.v, lo: has.lo, hi: has.hi, rank: has.rank };
  return { ok: false, v: group.v, lo: has.lo, hi: has.hi, rank: has.rank, ...refusal };
}

function standing(question: Question, group: GroupFacts, member: MemberFacts): Why | undefined {
  if (member === null && group.owner !== question.u) return { why: "NOT_MEMBER" };
  if (group.state !== "active" && !isReading(question)) return { why: "FROZEN" };
  return undefined;
}

/** A question that names no bit is not taken for reading: what it stands for is not known here. */
function isReading(question: Question): boolean {
  if (question.on !== undefined || question.ownerOnly === true || question.dangerous === true) return false;
  return question.need.length > 0 && question.need.every((bit) => hasBit(MUTE_KEEP, bit));
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
  if (question.ownerOnly === true && group.owner !== question.u) return { why: "OWNER" };
  return missing === undefined ? undefined : { why: "BIT", bit: missing };
}

function firstMissing(need: readonly Bit[], has: Effective): Bit | undefined {
  for (const bit of need) if (!hasBit(has, bit)) return bit;
  return undefined;
}

/** Rule H1: strictly above; nobody is above the owner, and nobody above oneself. */
function hierarchy(question: Question, group: GroupFacts, facts: Facts): Why | undefined {
  const { u, on } = question;
  if (on === undefined) return undefined;
  if (on === u || on === group.owner) return { why: "RANK" };
  if (facts.on === null) return undefined;
  return rankOf(group, facts.member, u) > rankOf(group, facts.on, on) ? undefined : { why: "RANK" };
}

/** The owner, too, signs in again for what is dangerous. */
function stepUp(question: Question, nowMs: number): Why | undefined {
  const bit = firstDangerous(question.need);
  if (bit === undefined && question.dangerous !== true) return undefined;
  if (nowMs - question.auth <= LIMITS.dangerousSignInMaxMs) return undefined;
  return bit === undefined ? { why: "STEP_UP" } : { why: "STEP_UP", bit };
}

function firstDangerous(need: readonly Bit[]): Bit | undefined {
  for (const bit of need) if (DANGEROUS_BITS.has(bit)) return bit;
  return undefined;
}
