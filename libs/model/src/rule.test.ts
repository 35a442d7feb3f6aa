import type { Answer, GroupFacts, MemberFacts, Question, RoleFacts } from "@guildhall/proto";
import { BITS, type Bit } from "@guildhall/proto/tables";
import fc from "fast-check";
import { expect, test } from "vitest";
import { BIT_NAMES, bitNames, includesAll, maskOf } from "./bits.ts";
import { effective } from "./effective.ts";
import { may } from "./may.ts";

const NOW = 1_800_000_000_000;
const HOUR_MS = 3_600_000;

type Case = { group: GroupFacts; member: MemberFacts; on: MemberFacts; question: Question };

const bits = fc.subarray([...BIT_NAMES]);
const roles: fc.Arbitrary<RoleFacts[]> = fc
  .array(fc.record({ rank: fc.constantFrom(10, 100, 500, 700, 800, 900), bits }), { minLength: 1, maxLength: 6 })
  .map((some) => some.map(({ rank, bits: held }, i) => ({ id: i + 1, name: `r${i + 1}`, rank, ...maskOf(held) })));
const mostlyMember: fc.Arbitrary<MemberFacts> = fc.option(
  fc.record({
    roles: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { maxLength: 4 }),
    mute: fc.constantFrom(0, 0, NOW - 1, NOW, NOW + 1),
  }),
  { nil: null, freq: 8 },
);
const person = fc.integer({ min: 1, max: 4 });
const cases: fc.Arbitrary<Case> = fc.record({
  group: fc.record({
    g: fc.constant(1),
    v: fc.constant(5),
    owner: person,
    state: fc.constantFrom<GroupFacts["state"]>("active", "active", "active", "frozen", "banned", "dissolved"),
    muteAll: fc.boolean(),
    roles,
  }),
  member: mostlyMember,
  on: mostlyMember,
  question: fc.record(
    {
      g: fc.constant(1),
      u: person,
      need: fc.subarray([...BIT_NAMES], { maxLength: 2 }),
      auth: fc.constantFrom(0, NOW, NOW - 12 * HOUR_MS, NOW - 12 * HOUR_MS - 1),
      minV: fc.constant(0),
      on: person,
      ownerOnly: fc.boolean(),
      dangerous: fc.boolean(),
      anyState: fc.boolean(),
    },
    { requiredKeys: ["g", "u", "need", "auth", "minV"] },
  ),
});

type Verdict = Pick<Answer, "why" | "bit" | "until">;

/** The rule once more, on sets of names, sentence by sentence as PERMISSIONS.md has it; undefined is a yes. */
function oracle(one: Case): Verdict | undefined {
  return oracleStanding(one) ?? oracleBits(one) ?? oracleRanks(one) ?? oracleStepUp(one);
}

const READING: readonly Bit[] = ["VIEW_GROUP", "READ_HISTORY", "VIEW_MEMBER_LIST"];
/** What stays in a group that is not active: reading, and looking into the record of acts. */
const STAYS: readonly Bit[] = [...READING, "VIEW_AUDIT_LOG"];

function oracleStanding({ group, member, question }: Case): Verdict | undefined {
  if (group.owner !== question.u && member === null) return { why: "NOT_MEMBER" };
  if (group.state === "active" || question.anyState === true) return undefined;
  const special = question.on !== undefined || question.ownerOnly === true || question.dangerous === true;
  const onlyReads = question.need.length > 0 && question.need.every((bit) => STAYS.includes(bit));
  return onlyReads && !special ? undefined : { why: "FROZEN" };
}

function oracleBits(one: Case): Verdict | undefined {
  const { group, question } = one;
  const names = oracleNames(one);
  const missing = question.need.find((bit) => !names.has(bit));
  if (missing !== undefined && oracleUnmuted(one).has(missing)) return { why: "MUTED", until: oracleMute(one) ?? -1 };
  if (question.ownerOnly === true && group.owner !== question.u) return { why: "OWNER" };
  return missing === undefined ? undefined : { why: "BIT", bit: missing };
}

function oracleRanks({ group, member, on, question }: Case): Verdict | undefined {
  if (question.on === undefined) return undefined;
  if (question.on === question.u || question.on === group.owner) return { why: "RANK" };
  if (on === null || group.owner === question.u) return undefined;
  return oracleRank(group, member) > oracleRank(group, on) ? undefined : { why: "RANK" };
}

function oracleStepUp({ question }: Case): Verdict | undefined {
  if (NOW - question.auth <= 12 * HOUR_MS) return undefined;
  const dangerous = question.need.find((bit) => "dangerous" in BITS[bit]);
  if (dangerous !== undefined) return { why: "STEP_UP", bit: dangerous };
  return question.dangerous === true ? { why: "STEP_UP" } : undefined;
}

/** Until when the actor is muted: 0 for the mute of the whole group. */
function oracleMute(one: Case): number | undefined {
  const { group, member, question } = one;
  if (group.owner === question.u || member === null) return undefined;
  const exempt = oracleRank(group, member) >= 800 || oracleUnmuted(one).has("BYPASS_SLOW_MODE");
  if (group.muteAll && !exempt) return 0;
  return member.mute > NOW ? member.mute : undefined;
}

function oracleNames(one: Case): ReadonlySet<Bit> {
  const names = oracleUnmuted(one);
  return oracleMute(one) === undefined ? names : new Set(READING.filter((name) => names.has(name)));
}

function held(group: GroupFacts, member: MemberFacts): RoleFacts[] {
  return member === null ? [] : group.roles.filter((role) => role.id === 1 || member.roles.includes(role.id));
}

function oracleRank(group: GroupFacts, member: MemberFacts): number {
  return Math.max(0, ...held(group, member).map((role) => role.rank));
}

function oracleUnmuted({ group, member, question }: Case): ReadonlySet<Bit> {
  if (group.owner === question.u) return new Set(BIT_NAMES);
  const names = new Set(held(group, member).flatMap((role) => bitNames(role)));
  if (!names.has("VIEW_GROUP")) return new Set();
  const sending = ["SEND_MEDIA", "SEND_LINK", "MENTION_ALL", "START_THREAD", "CREATE_VOTE"] as const;
  if (!names.has("SEND_MESSAGE")) for (const bit of sending) names.delete(bit);
  return names;
}

function sorted(names: ReadonlySet<Bit>): readonly Bit[] {
  return BIT_NAMES.filter((name) => names.has(name));
}

test("the rule says what the text says", () => {
  fc.assert(
    fc.property(cases, (one) => {
      const { ok, v, lo, hi, rank: _, ...verdict } = may(one.question, one, NOW);
      const expected = oracle(one);

      expect({ ok, v, verdict, names: bitNames({ lo, hi }) }).toEqual({
        ok: expected === undefined,
        v: one.group.v,
        verdict: expected ?? {},
        names: sorted(oracleNames(one)),
      });
    }),
    { numRuns: 3_000 },
  );
});

test("a role more never takes a bit away, unless by a mute", () => {
  fc.assert(
    fc.property(cases, fc.integer({ min: 1, max: 7 }), ({ group, member, question }, more) => {
      if (member === null) return;
      const calm = { ...group, muteAll: false };
      const unmuted = { ...member, mute: 0 };
      const before = effective(calm, unmuted, question.u, NOW);
      const after = effective(calm, { ...unmuted, roles: [...member.roles, more] }, question.u, NOW);

      expect(includesAll(after, before)).toBe(true);
      expect(after.rank).toBeGreaterThanOrEqual(before.rank);
    }),
    { numRuns: 1_000 },
  );
});

test("asking again, or about another in between, changes no answer", () => {
  fc.assert(
    fc.property(cases, cases, (one, other) => {
      const first = may(one.question, one, NOW);
      may({ ...other.question }, { ...other, group: one.group }, NOW);

      expect(may(one.question, one, NOW)).toEqual(first);
    }),
  );
});
