import type { GroupFacts, Question } from "@guildhall/proto";
import { BITS, type Bit } from "@guildhall/proto/tables";
import { describe, expect, test } from "vitest";
import { BIT_NAMES, bitNames } from "./bits.ts";
import { effective } from "./effective.ts";
import { may } from "./may.ts";
import { SEED_ROLES } from "./roles.ts";

const NOW = 1_800_000_000_000;
const group: GroupFacts = { g: 1, v: 9, owner: 1, state: "active", muteAll: false, roles: SEED_ROLES };

/** Numbers and ranges as PERMISSIONS.md writes them. */
function bitsOf(text: string): Bit[] {
  const numbers = text.split(", ").flatMap((part) => {
    const [from = 0, to = from] = part.split("–").map(Number);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
  return BIT_NAMES.filter((name) => numbers.includes(BITS[name].bit));
}

const TEMPLATES = [
  { id: 1, name: "Member", rank: 100, bits: bitsOf("0–7, 9, 11–13, 15") },
  { id: 2, name: "Junior Admin", rank: 800, bits: bitsOf("8, 10, 14, 16–26, 29, 31, 32, 35–38, 42, 43, 46, 47") },
  { id: 3, name: "Role Manager", rank: 700, bits: bitsOf("33") },
  { id: 4, name: "Content Moderator", rank: 500, bits: bitsOf("18, 31") },
  { id: 5, name: "Event Manager", rank: 500, bits: bitsOf("16, 17, 23, 24") },
  { id: 6, name: "Recruitment Officer", rank: 500, bits: bitsOf("28") },
];

test("there are these roles and no other", () => {
  expect(SEED_ROLES.map(({ id, name, rank }) => ({ id, name, rank }))).toEqual(
    TEMPLATES.map(({ id, name, rank }) => ({ id, name, rank })),
  );
});

describe.each(TEMPLATES)("$name", ({ id, bits, rank }) => {
  const allowed = new Set([...bits, ...bitsOf("0–7, 9, 11–13, 15")]);
  const member = { roles: id === 1 ? [] : [id], mute: 0 };
  const ask = (need: Bit): Question => ({ g: 1, u: 2, need: [need], auth: NOW, minV: 0 });

  test("has exactly its list beside what every member has", () => {
    const has = effective(group, member, 2, NOW);

    expect(bitNames(has)).toEqual(BIT_NAMES.filter((name) => allowed.has(name)));
    expect(has.rank).toBe(rank);
  });

  test.each(BIT_NAMES)("%s is allowed if and only if it is in the list", (bit) => {
    const answer = may(ask(bit), { group, member, on: null }, NOW);

    expect(answer.ok).toBe(allowed.has(bit));
    if (!answer.ok) expect(answer).toMatchObject({ why: "BIT", bit });
  });
});

test.each<[string, number, Bit[]]>([
  [
    "Content Moderator",
    4,
    ["KICK_MEMBER", "BAN_MEMBER", "APPROVE_MEMBER", "PIN_MESSAGE", "ASSIGN_ROLE", "MANAGE_ROLE", "EDIT_PROFILE"],
  ],
  ["Event Manager", 5, ["APPROVE_MEMBER", "ASSIGN_ROLE", "MANAGE_ROLE", "DELETE_ANY_MESSAGE", "MUTE_MEMBER"]],
  ["Recruitment Officer", 6, ["KICK_MEMBER", "MUTE_MEMBER", "DELETE_ANY_MESSAGE", "PIN_MESSAGE", "ASSIGN_ROLE"]],
  ["Junior Admin", 2, ["APPROVE_MEMBER", "BAN_MEMBER", "EDIT_PROFILE", "ASSIGN_ROLE", "MANAGE_ROLE", "SPEAK_AS_GROUP"]],
])("%s is refused what belongs to others", (_, id, refused) => {
  for (const bit of refused) {
    const question: Question = { g: 1, u: 2, need: [bit], auth: NOW, minV: 0 };

    expect(may(question, { group, member: { roles: [id], mute: 0 }, on: null }, NOW)).toMatchObject({
      ok: false,
      why: "BIT",
      bit,
    });
  }
});
