import { type Facts, hasBit, MEMBER_ROLE_ID, maskOf, rankOf, union } from "@guildhall/model";
import type { Answer, GroupFacts, MemberFacts, Question, RoleFacts } from "@guildhall/proto";
import type { Bit } from "@guildhall/proto/tables";

/** The answer in words: the facts it rests on, then what decided, then who could change that. */
export function because(question: Question, facts: Facts, answer: Answer, nowMs: number): readonly string[] {
  const { group } = facts;
  if (group === null) return [withoutFacts(answer)];
  return [
    aboutGroup(group),
    aboutPerson(group, question.u, facts.member, nowMs),
    ...(question.on === undefined ? [] : [`acted on: ${aboutPerson(group, question.on, facts.on, nowMs)}`]),
    answer.ok ? allowed(question, group, facts.member) : refused(question, group, facts, answer),
  ];
}

function withoutFacts(answer: Answer): string {
  if (answer.why === "NO_GROUP") return "there is no such group";
  if (answer.why === "STALE") return "the facts at hand may be old, so nothing is allowed; ask again shortly";
  return "the facts could not be had from the owner of the group's partition, so nothing is allowed; ask again shortly";
}

function aboutGroup(group: GroupFacts): string {
  const mute = group.muteAll ? ", muted as a whole" : "";
  return `group ${group.g} is ${group.state}${mute}; its owner is ${group.owner}; permission version ${group.v}`;
}

function aboutPerson(group: GroupFacts, u: number, member: MemberFacts, nowMs: number): string {
  if (group.owner === u) return `${u} is the owner, rank ${rankOf(group, member, u)}`;
  if (member === null) return `${u} is no member`;
  const mute = member.mute > nowMs ? `, muted until ${time(member.mute)}` : "";
  const names = rolesOf(group, member).map((role) => role.name);
  return `${u} has ${list(names)}, rank ${rankOf(group, member, u)}${mute}`;
}

function allowed(question: Question, group: GroupFacts, member: MemberFacts): string {
  if (group.owner === question.u) return "allowed: the owner may do everything";
  if (question.need.length === 0) return "allowed: this needs only membership";
  const sources = question.need.map((bit) => `${bit} comes with ${list(granting(rolesOf(group, member), bit))}`);
  return `allowed: ${sources.join("; ")}`;
}

function refused(question: Question, group: GroupFacts, facts: Facts, answer: Answer): string {
  const { u, on } = question;
  switch (answer.why) {
    case "NOT_MEMBER":
      return `refused: ${u} is no member of group ${group.g}; joining changes that`;
    case "FROZEN":
      return `refused: a group that is ${group.state} can only be read`;
    case "MUTED":
      return muted(answer, group);
    case "OWNER":
      return `refused: only the owner, ${group.owner}, may do this; the owner can hand the group over`;
    case "BIT":
      return answer.bit === undefined ? "refused: a permission is missing" : missing(answer.bit, group, facts.member);
    case "RANK":
      return outranked(group, facts, u, on ?? 0);
    case "STEP_UP":
      return stepUp(question, answer);
    default:
      return `refused: ${answer.why ?? "without a reason"}`;
  }
}

function muted(answer: Answer, group: GroupFacts): string {
  if (group.muteAll && (answer.until ?? 0) === 0) {
    return "refused: the group is muted as a whole; the owner or holders of SET_SLOW_MODE can lift that";
  }
  const until = time(answer.until ?? 0);
  return `refused: muted until ${until}; the owner or holders of MUTE_MEMBER with a rank above ${answer.rank} can lift that`;
}

function missing(bit: Bit, group: GroupFacts, member: MemberFacts): string {
  const held = rolesOf(group, member).reduce(union, maskOf([]));
  if (hasBit(held, bit)) {
    const base: Bit = hasBit(held, "VIEW_GROUP") ? "SEND_MESSAGE" : "VIEW_GROUP";
    return `refused: ${bit} is void without ${base}; roles that grant ${base}: ${list(granting(group.roles, base))}; ${givers(base)}`;
  }
  const names = granting(group.roles, bit);
  if (names.length === 0) return `refused: needs ${bit}; no role of this group grants it, only the owner has it`;
  return `refused: needs ${bit}; roles that grant it: ${list(names)}; ${givers(bit)}`;
}

function givers(bit: Bit): string {
  return `the owner, or holders of ASSIGN_ROLE and ${bit} with a rank above the role, can give it`;
}

function outranked(group: GroupFacts, facts: Facts, u: number, on: number): string {
  if (on === u) return "refused: nobody does this to oneself";
  if (on === group.owner) return "refused: nobody in the group may act on its owner";
  const mine = rankOf(group, facts.member, u);
  const theirs = rankOf(group, facts.on, on);
  return `refused: rank ${mine} is not above rank ${theirs} of ${on}; the owner, or somebody of a higher rank, can do this`;
}

function stepUp(question: Question, answer: Answer): string {
  const last = question.auth === 0 ? "there was none" : `the last was at ${time(question.auth)}`;
  return `refused: ${answer.bit ?? "this"} is dangerous and needs a fresh sign-in by password; ${last}; ${question.u} can sign in again`;
}

/** The Member role first, then what was given; a role that the group no longer has is left out. */
function rolesOf(group: GroupFacts, member: MemberFacts): readonly RoleFacts[] {
  if (member === null) return [];
  return group.roles.filter((role) => role.id === MEMBER_ROLE_ID || member.roles.includes(role.id));
}

function granting(roles: readonly RoleFacts[], bit: Bit): readonly string[] {
  return roles.filter((role) => hasBit(role, bit)).map((role) => role.name);
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "no role" : names.join(", ");
}

function time(ms: number): string {
  return new Date(ms).toISOString();
}
