import type { Answer, Cause, GroupFacts, MemberFacts, Question } from "@guildhall/proto";
import { hasBit } from "./bits.ts";
import { causeOf, granting, list, type RefusedBy, rolesOf, time } from "./cause.ts";
import { rankOf } from "./effective.ts";
import type { Facts } from "./may.ts";
import { gradeOf, officeOf } from "./operators.ts";
import { refusalToError } from "./refusal.ts";

/** Which fact an answer of the rule rests on that is not yes, and who could change that. */
export function causeOfAnswer(answer: Answer, question: Question, facts: Facts): Cause | undefined {
  if (answer.ok) return undefined;
  const { code, d } = refusalToError(answer);
  return causeOf(
    { code, d: { ...(d as RefusedBy | undefined), ...(answer.bit === undefined ? {} : { bit: answer.bit }) } },
    question,
    facts,
  );
}

/** The answer in words: the facts it rests on, then what decided, then who could change that. */
export function because(question: Question, facts: Facts, answer: Answer, nowMs: number): readonly string[] {
  const { group } = facts;
  if (group === null) return [withoutFacts(answer)];
  return [
    aboutGroup(group),
    aboutPerson(group, question.u, facts.member, nowMs),
    ...(question.on === undefined ? [] : [`acted on: ${aboutPerson(group, question.on, facts.on, nowMs)}`]),
    answer.ok ? allowed(question, group, facts.member) : refused(question, facts, answer),
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
  const grade = gradeOf(group, u);
  const office = grade === undefined ? "" : `is an operator of the owner (${grade}) and `;
  return `${u} ${office}has ${list(names)}, rank ${rankOf(group, member, u)}${mute}`;
}

function allowed(question: Question, group: GroupFacts, member: MemberFacts): string {
  if (group.owner === question.u) return "allowed: the owner may do everything";
  const grade = gradeOf(group, question.u);
  if (grade === "main") return "allowed: main operators of the account that owns the group may do everything";
  if (question.need.length === 0) return "allowed: this needs only membership";
  const sources = question.need.map((bit) => {
    const names = [
      ...granting(rolesOf(group, member), bit),
      ...(hasBit(officeOf(grade), bit) ? [`grade ${grade}`] : []),
    ];
    return `${bit} comes with ${list(names)}`;
  });
  return `allowed: ${sources.join("; ")}`;
}

function refused(question: Question, facts: Facts, answer: Answer): string {
  return `refused: ${causeOfAnswer(answer, question, facts)?.text ?? answer.why ?? "without a reason"}`;
}
