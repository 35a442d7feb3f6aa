import type { GroupFacts, MemberFacts, Question } from "@guildhall/proto";
import { expect, test } from "vitest";
import { because } from "./because.ts";
import { maskOf } from "./bits.ts";
import { may } from "./may.ts";
import { SEED_ROLES } from "./roles.ts";

const NOW = Date.UTC(2030, 0, 1);
const group: GroupFacts = { g: 7, v: 9, owner: 1, state: "active", muteAll: false, roles: SEED_ROLES };
const holding = (...roles: number[]): MemberFacts => ({ roles, mute: 0 });

type Asked = { question?: Partial<Question>; member?: MemberFacts; on?: MemberFacts; group?: GroupFacts };

function lines({ question = {}, member = holding(), on = null, group: other = group }: Asked): readonly string[] {
  const asked: Question = { g: 7, u: 2, need: [], auth: NOW, minV: 0, ...question };
  const facts = { group: other, member, on };
  return because(asked, facts, may(asked, facts, NOW), NOW);
}

test("tells the group, the people and what decided", () => {
  const told = lines({
    question: { need: ["KICK_MEMBER"], on: 3 },
    member: holding(4),
    on: { roles: [2], mute: NOW + 1_000 },
  });

  expect(told).toEqual([
    "group 7 is active; its owner is 1; permission version 9",
    "2 has Member, Content Moderator, rank 500",
    "acted on: 3 has Member, Junior Admin, rank 800, muted until 2030-01-01T00:00:01.000Z",
    "refused: needs KICK_MEMBER; roles that grant it: Junior Admin; the owner, or holders of ASSIGN_ROLE and KICK_MEMBER with a rank above the role, can give it",
  ]);
});

test.each<[string, Asked, RegExp]>([
  [
    "where an allowed bit comes from",
    { question: { need: ["MUTE_MEMBER"] }, member: holding(4) },
    /^allowed: MUTE_MEMBER comes with Content Moderator$/,
  ],
  ["that membership is enough", {}, /^allowed: this needs only membership$/],
  ["that the owner may", { question: { u: 1, need: ["BAN_MEMBER"] } }, /^allowed: the owner may do everything$/],
  ["that somebody is no member", { member: null }, /2 is no member of group 7; joining changes that/],
  [
    "the state of the group",
    { question: { need: ["SEND_MESSAGE"] }, group: { ...group, state: "frozen" } },
    /a group that is frozen can only be read/,
  ],
  [
    "who lifts a mute",
    { question: { need: ["SEND_MESSAGE"] }, member: { roles: [], mute: NOW + 1 } },
    /muted until .*MUTE_MEMBER with a rank above 100/,
  ],
  [
    "who lifts the mute of the group",
    { question: { need: ["SEND_MESSAGE"] }, group: { ...group, muteAll: true } },
    /muted as a whole; .*SET_SLOW_MODE/,
  ],
  ["whom it is left to", { question: { ownerOnly: true } }, /only the owner, 1, may do this/],
  [
    "that no role grants it",
    { question: { need: ["BAN_MEMBER"] } },
    /no role of this group grants it, only the owner has it/,
  ],
  [
    "both ranks",
    { question: { need: ["MUTE_MEMBER"], on: 3 }, member: holding(4), on: holding(5) },
    /rank 500 is not above rank 500 of 3/,
  ],
  ["that the owner is untouchable", { question: { on: 1 } }, /nobody in the group may act on its owner/],
  ["that it is oneself", { question: { on: 2 } }, /nobody does this to oneself/],
  [
    "the sign-in that is too old",
    { question: { need: ["ASSIGN_ROLE"], auth: 0 }, member: holding(3) },
    /ASSIGN_ROLE is dangerous .*there was none; 2 can sign in again/,
  ],
  [
    "the sign-in for what has no bit",
    { question: { u: 1, dangerous: true, auth: 5 } },
    /this is dangerous .*the last was at 1970/,
  ],
])("says %s", (_, asked, expected) => {
  expect(lines(asked).at(-1)).toMatch(expected);
});

test("says which bit makes another void", () => {
  const silent = { ...group, roles: [{ id: 1, name: "Member", rank: 100, ...maskOf(["VIEW_GROUP", "SEND_LINK"]) }] };

  expect(lines({ question: { need: ["SEND_LINK"] }, group: silent }).at(-1)).toMatch(
    /SEND_LINK is void without SEND_MESSAGE/,
  );
});

test.each([
  ["NO_GROUP", /no such group/],
  ["STALE", /may be old/],
  ["UNKNOWN", /could not be had/],
] as const)("says why there are no facts: %s", (why, expected) => {
  const question = { g: 7, u: 2, need: [], auth: 0, minV: 0 };
  const answer = { ok: false, v: 0, lo: 0, hi: 0, rank: 0, why };

  expect(because(question, { group: null, member: null, on: null }, answer, NOW)).toEqual([
    expect.stringMatching(expected),
  ]);
});
