import type { Cause, GroupFacts, MemberFacts, Question, Refusal } from "@guildhall/proto";
import { ERRORS, type ErrorCode } from "@guildhall/proto/tables";
import { expect, test } from "vitest";
import { causeOfAnswer } from "./because.ts";
import { maskOf } from "./bits.ts";
import { causeOf, type RefusedBy } from "./cause.ts";
import { type Facts, may } from "./may.ts";
import { refusalToError } from "./refusal.ts";
import { SEED_ROLES } from "./roles.ts";

const NOW = Date.UTC(2030, 0, 1);
const [OWNER, ANN, BOB] = [1, 2, 3];
const CHIEF = { id: 20, name: "Chief", rank: 900, ...maskOf(["ASSIGN_ROLE", "KICK_MEMBER", "BAN_MEMBER"]) };
const SMITH = { id: 21, name: "Smith", rank: 850, ...maskOf(["MANAGE_ROLE", "KICK_MEMBER", "EDIT_SETTINGS"]) };
const group: GroupFacts = {
  g: 7,
  v: 9,
  owner: OWNER,
  state: "active",
  muteAll: false,
  roles: [...SEED_ROLES, CHIEF, SMITH],
};
const holding = (...roles: number[]): MemberFacts => ({ roles, mute: 0 });
const by = (more: Partial<Cause["by"]> = {}) => ({ self: false, owner: false, operator: false, roles: [], ...more });

type Row = {
  readonly q?: Partial<Question>;
  readonly facts?: Partial<Facts>;
  readonly why: Refusal;
  readonly fact: Cause["fact"];
  readonly by: Cause["by"];
};

/** Every reason that the rule has, by a case of it. */
const REASONS: readonly Row[] = [
  { facts: { group: null }, why: "NO_GROUP", fact: "group", by: by() },
  { facts: { member: null }, why: "NOT_MEMBER", fact: "membership", by: by({ self: true }) },
  { facts: { group: { ...group, state: "frozen" } }, why: "FROZEN", fact: "state", by: by({ operator: true }) },
  {
    q: { need: ["KICK_MEMBER"], axis: "kick" },
    facts: { group: { ...group, policy: "qq" } },
    why: "POLICY",
    fact: "policy",
    by: by({ owner: true, roles: ["Junior Admin", "Chief", "Smith"] }),
  },
  {
    q: { axis: "recall" },
    facts: { group: { ...group, policy: "qq" }, holds: {} },
    why: "POLICY",
    fact: "policy",
    by: by({ owner: true, operator: true }),
  },
  {
    q: { need: ["SEND_MESSAGE"] },
    facts: { member: { roles: [4], mute: NOW + 1 } },
    why: "MUTED",
    fact: "mute",
    by: by({ owner: true, roles: ["Junior Admin"] }),
  },
  {
    q: { need: ["SEND_MESSAGE"] },
    facts: { group: { ...group, muteAll: true } },
    why: "MUTED",
    fact: "muteAll",
    by: by({ owner: true, roles: ["Junior Admin"] }),
  },
  { q: { ownerOnly: true }, why: "OWNER", fact: "owner", by: by({ owner: true }) },
  // Chief can give Junior Admin, which has it; Smith can put it into a role.
  { q: { need: ["KICK_MEMBER"] }, why: "BIT", fact: "bit", by: by({ owner: true, roles: ["Chief", "Smith"] }) },
  { q: { need: ["EXPORT_DATA"] }, why: "BIT", fact: "bit", by: by({ owner: true }) },
  {
    q: { need: ["KICK_MEMBER"], on: BOB },
    facts: { member: holding(2), on: holding(21) },
    why: "RANK",
    fact: "rank",
    by: by({ owner: true, roles: ["Chief"] }),
  },
  { q: { on: OWNER }, why: "RANK", fact: "rank", by: by() },
  { q: { on: ANN }, why: "RANK", fact: "rank", by: by() },
  {
    q: { need: ["BAN_MEMBER"], auth: 0 },
    facts: { member: holding(20) },
    why: "STEP_UP",
    fact: "signIn",
    by: by({ self: true }),
  },
];

test.each(REASONS)("of $why it was $fact, and who could change that is named", ({ q, facts, ...expected }) => {
  const question: Question = { g: 7, u: ANN, need: [], auth: NOW, minV: 0, ...q };
  const known: Facts = { group, member: holding(), on: null, ...facts };
  const answer = may(question, known, NOW);

  const told = causeOfAnswer(answer, question, known);

  expect(answer.why).toBe(expected.why);
  expect(told).toEqual({ fact: expected.fact, by: expected.by, text: expect.stringMatching(/\w/) });
});

/** All reasons there are but those that need facts to be missing, and one that no facts give: the owner of a group says it at commit. */
test("there is a case of every reason that the rule gives", () => {
  const given = new Set(REASONS.map(({ why }) => why));
  const all: Record<Refusal, boolean> = {
    NO_GROUP: true,
    NOT_MEMBER: true,
    BANNED: false,
    MUTED: true,
    BIT: true,
    OWNER: true,
    RANK: true,
    FROZEN: true,
    STEP_UP: true,
    POLICY: true,
    STALE: false,
    UNKNOWN: false,
  };

  expect(given).toEqual(new Set(Object.keys(all).filter((why) => all[why as Refusal])));
  for (const why of Object.keys(all) as Refusal[]) {
    const { code } = refusalToError({ ok: false, v: 1, lo: 0, hi: 0, rank: 0, why, bit: "KICK_MEMBER" });
    const question = { g: 7, u: ANN, need: [], auth: NOW, minV: 0 };
    const facts = { group: why === "NO_GROUP" ? null : group, member: holding(), on: null };
    expect([why, causeOf({ code, d: { bit: "KICK_MEMBER" } }, question, facts)?.text]).toEqual([
      why,
      expect.any(String),
    ]);
  }
});

/** What commands refuse besides the rule, as a client was told it. */
const TOLD: readonly (readonly [ErrorCode, RefusedBy, Cause["fact"], Partial<Cause["by"]>, RegExp])[] = [
  ["BANNED", { until: 0 }, "ban", { owner: true, roles: ["Chief"] }, /for good/],
  ["BANNED", { until: NOW }, "ban", { owner: true, roles: ["Chief"] }, /until 2030-01-01/],
  ["SLOW_MODE", {}, "slowMode", { self: true, owner: true, roles: ["Junior Admin"] }, /slow mode/],
  [
    "WINDOW_CLOSED",
    { window: 120_000 },
    "window",
    { owner: true, roles: ["Junior Admin", "Content Moderator"] },
    /120000 ms/,
  ],
  [
    "GROUP_FULL",
    { axis: "members", max: 500 },
    "cap",
    { owner: true, operator: true, roles: ["Smith"] },
    /500 members/,
  ],
  ["POLICY", { axis: "admins", max: 1 }, "policy", { owner: true }, /more than 1 administrators/],
  ["LAST_OWNER", {}, "owner", { self: true }, /handing the group over/],
  [
    "RANK",
    {},
    "rank",
    {
      owner: true,
      roles: [
        "Junior Admin",
        "Role Manager",
        "Content Moderator",
        "Event Manager",
        "Recruitment Officer",
        "Chief",
        "Smith",
      ],
    },
    /rank 100/,
  ],
  ["PERM_STALE", {}, "facts", {}, /ask again/],
];

test.each(TOLD)("of %s with %j it was %s", (code, d, fact, who, text) => {
  const question: Question = { g: 7, u: ANN, need: [], auth: NOW, minV: 0 };

  const told = causeOf({ code, d }, question, { group, member: holding(), on: null });

  expect(told).toEqual({ fact, text: expect.stringMatching(text), by: by(who) });
});

test("every error about rights, state or limits of a group has a cause, and what is no matter of those has none", () => {
  const question: Question = { g: 7, u: ANN, need: [], auth: NOW, minV: 0 };
  const facts = { group, member: holding(), on: null };
  const has = (Object.keys(ERRORS) as ErrorCode[]).filter(
    (code) => causeOf({ code, d: { owner: true } }, question, facts) !== undefined,
  );

  expect(new Set(has)).toEqual(
    new Set([
      "STEP_UP_REQUIRED",
      "NOT_MEMBER",
      "FORBIDDEN",
      "RANK",
      "MUTED",
      "SLOW_MODE",
      "BANNED",
      "FROZEN",
      "LAST_OWNER",
      "POLICY",
      "GROUP_FULL",
      "WINDOW_CLOSED",
      "PERM_STALE",
    ]),
  );
  expect(causeOf({ code: "FORBIDDEN" }, question, facts)).toBeUndefined();
});
