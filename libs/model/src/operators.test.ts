import type { GroupFacts, Question } from "@guildhall/proto";
import { GRADES, type Grade } from "@guildhall/proto/tables";
import { expect, test } from "vitest";
import { because } from "./because.ts";
import { effective, rankOf } from "./effective.ts";
import { may } from "./may.ts";
import { SEED_ROLES } from "./roles.ts";

const [ACCOUNT, MAIN, OTHER, ANN] = [700, 1, 2, 3];
const NOW = 1_000;
const IN = { roles: [], mute: 0 };

const group = (grade: Grade): GroupFacts => ({
  g: 5,
  v: 1,
  owner: ACCOUNT,
  state: "active",
  muteAll: false,
  roles: SEED_ROLES,
  operators: [
    [MAIN, "main"],
    [OTHER, grade],
  ],
});
const ask = (u: number, more: Partial<Question> = {}): Question => ({ g: 5, u, need: [], auth: NOW, minV: 0, ...more });

test("S19: main operators have everything while they are members, and outrank all but each other", () => {
  const facts = { group: group("main"), member: IN, on: IN };

  expect(may(ask(MAIN, { ownerOnly: true, dangerous: true }), facts, NOW).ok).toBe(true);
  expect(may(ask(MAIN, { ownerOnly: true }), { ...facts, member: null }, NOW)).toMatchObject({ why: "NOT_MEMBER" });
  expect(may(ask(MAIN, { need: ["KICK_MEMBER"], on: OTHER }), facts, NOW)).toMatchObject({ why: "RANK" });
  expect(may(ask(MAIN, { need: ["KICK_MEMBER"], on: ANN }), facts, NOW).ok).toBe(true);
  expect(may(ask(ANN, { ownerOnly: true }), facts, NOW)).toMatchObject({ why: "OWNER" });
  expect(because(ask(MAIN), facts, may(ask(MAIN), facts, NOW), NOW).at(-1)).toContain("main operators");
});

test.each(GRADES.filter((grade) => grade !== "main"))("S22: %s has what its template gives, and no more", (grade) => {
  const templates = { admin: 2, moderator: 4, events: 5, recruitment: 6 } as const;
  const roles = grade === "staff" ? [] : [templates[grade]];
  const { operators: _, ...plain } = group(grade);

  expect(effective(group(grade), IN, OTHER, NOW)).toEqual(effective(plain, { roles, mute: 0 }, OTHER, NOW));
  expect(may(ask(OTHER, { ownerOnly: true }), { group: group(grade), member: IN, on: null }, NOW)).toMatchObject({
    why: "OWNER",
  });
});

test("S19: an operator who is not in the group keeps their rank against bans", () => {
  const facts = { group: group("admin"), member: { roles: [2], mute: 0 }, on: null };
  const ban = (u: number, on: number) => may(ask(u, { need: ["KICK_MEMBER"], on }), facts, NOW);

  expect(ban(ANN, MAIN)).toMatchObject({ why: "RANK" });
  expect(ban(ANN, OTHER)).toMatchObject({ why: "RANK" });
  expect(ban(ANN, 99).ok).toBe(true);
  expect(rankOf(group("admin"), null, OTHER)).toBe(800);
});
