import type { GroupFacts, MemberFacts, Question } from "@guildhall/proto";
import { type Bit, LIMITS } from "@guildhall/proto/tables";
import { describe, expect, test } from "vitest";
import { ALL, bitNames, MUTE_KEEP, maskOf } from "./bits.ts";
import { effective, rankOf } from "./effective.ts";
import { mayActOnContent, mayAssignRole, mayMakeRole, mayTakeRole } from "./hierarchy.ts";
import { may } from "./may.ts";
import { EDITOR_CONTENT_RANK, SEED_ROLES } from "./roles.ts";

const NOW = 1_800_000_000_000;
const OWNER = 1;
const ANN = 2;
const BOB = 3;
const base: GroupFacts = { g: 7, v: 42, owner: OWNER, state: "active", muteAll: false, roles: SEED_ROLES };
const question: Question = { g: 7, u: ANN, need: [], auth: NOW, minV: 0 };
const holding = (...roles: number[]): MemberFacts => ({ roles, mute: 0 });
const role = (id: number) => SEED_ROLES.find((one) => one.id === id) ?? { id: 0, name: "", rank: 0, lo: 0, hi: 0 };
const withRole = (extra: Parameters<typeof maskOf>[0], rank: number): GroupFacts => ({
  ...base,
  roles: [...SEED_ROLES, { id: 20, name: "Extra", rank, ...maskOf(extra) }],
});

function ask(
  over: Partial<Question>,
  member: MemberFacts,
  { on = null, group = base }: { on?: MemberFacts; group?: GroupFacts | null } = {},
) {
  return may({ ...question, ...over }, { group, member, on }, NOW);
}

describe("standing", () => {
  test("without a group nothing is allowed", () => {
    expect(ask({}, holding(), { group: null })).toEqual({ ok: false, v: 0, lo: 0, hi: 0, rank: 0, why: "NO_GROUP" });
  });

  test("who is no member is refused, and has nothing", () => {
    expect(ask({ need: ["VIEW_GROUP"] }, null)).toEqual({
      ok: false,
      v: 42,
      lo: 0,
      hi: 0,
      rank: 0,
      why: "NOT_MEMBER",
    });
  });

  test("a question without bits asks for membership", () => {
    expect(ask({}, holding())).toMatchObject({ ok: true, v: 42, rank: 100 });
  });

  test("the owner has every bit and the highest rank, also without a member's row", () => {
    expect(ask({ u: OWNER, need: bitNames(ALL) }, null)).toEqual({ ok: true, v: 42, ...ALL, rank: 1000 });
  });

  test("a refusal says what the actor has all the same", () => {
    const answer = ask({ need: ["KICK_MEMBER"] }, holding(4));

    expect(answer).toMatchObject({ ok: false, v: 42, rank: 500 });
    expect(bitNames(answer)).toContain("DELETE_ANY_MESSAGE");
  });

  test.each(["frozen", "banned", "dissolved"] as const)("a group that is %s can be read, and nothing else", (state) => {
    const group = { ...base, state };

    for (const u of [ANN, OWNER]) {
      expect(ask({ u, need: bitNames(MUTE_KEEP) }, holding(), { group }).ok).toBe(true);
      expect(ask({ u, need: ["SEND_MESSAGE"] }, holding(), { group })).toMatchObject({ ok: false, why: "FROZEN" });
      expect(ask({ u }, holding(), { group })).toMatchObject({ ok: false, why: "FROZEN" });
      expect(ask({ u, need: ["VIEW_GROUP"], ownerOnly: true }, holding(), { group }).why).toBe("FROZEN");
      expect(ask({ u, anyState: true }, holding(), { group }).ok).toBe(true);
    }
    expect(ask({ need: ["VIEW_GROUP"] }, null, { group }).why).toBe("NOT_MEMBER");
    expect(ask({ need: ["VIEW_AUDIT_LOG"] }, holding(2), { group }).ok).toBe(true);
    expect(ask({ need: ["VIEW_AUDIT_LOG"] }, holding(), { group })).toMatchObject({ why: "BIT" });
    expect(ask({ need: ["KICK_MEMBER"], anyState: true }, holding(), { group })).toMatchObject({ why: "BIT" });
  });
});

describe("mutes", () => {
  const muted: MemberFacts = { roles: [4], mute: NOW + 1 };

  test("one who is muted keeps reading and rank, and is told until when", () => {
    expect(ask({ need: ["SEND_MESSAGE"] }, muted)).toEqual({
      ok: false,
      v: 42,
      lo: MUTE_KEEP.lo,
      hi: 0,
      rank: 500,
      why: "MUTED",
      until: NOW + 1,
    });
    expect(ask({ need: ["READ_HISTORY"] }, muted).ok).toBe(true);
  });

  test("what one would not have anyhow is refused as missing", () => {
    expect(ask({ need: ["PIN_MESSAGE"] }, muted)).toMatchObject({ why: "BIT", bit: "PIN_MESSAGE" });
  });

  test("a mute ends at its time by itself", () => {
    expect(ask({ need: ["SEND_MESSAGE"] }, { roles: [], mute: NOW }).ok).toBe(true);
  });

  test("a mute of the whole group binds below rank 800, and has no known end", () => {
    const group = { ...base, muteAll: true };

    expect(ask({ need: ["SEND_MESSAGE"] }, holding(4), { group })).toMatchObject({ why: "MUTED", until: 0 });
    expect(ask({ need: ["SEND_MESSAGE"] }, holding(2), { group }).ok).toBe(true);
    expect(ask({ u: OWNER, need: ["SEND_MESSAGE"] }, holding(), { group }).ok).toBe(true);
  });

  test("BYPASS_SLOW_MODE lifts the mute of the whole group, not one's own", () => {
    const group = { ...withRole(["BYPASS_SLOW_MODE"], 200), muteAll: true };

    expect(ask({ need: ["SEND_MESSAGE"] }, holding(20), { group }).ok).toBe(true);
    expect(ask({ need: ["SEND_MESSAGE"] }, { roles: [20], mute: NOW + 5 }, { group })).toMatchObject({
      why: "MUTED",
      until: NOW + 5,
    });
  });

  test("the owner cannot be muted", () => {
    expect(ask({ u: OWNER, need: ["SEND_MESSAGE"] }, { roles: [], mute: NOW + 1 }).ok).toBe(true);
  });
});

describe("implicit denials", () => {
  const memberHas = (bits: Parameters<typeof maskOf>[0]): GroupFacts => ({
    ...base,
    roles: [{ id: 1, name: "Member", rank: 100, ...maskOf(bits) }],
  });

  test("without SEND_MESSAGE there is no media, link, mention of all, thread or vote", () => {
    const group = memberHas([
      "VIEW_GROUP",
      "SEND_MEDIA",
      "SEND_LINK",
      "MENTION_ALL",
      "START_THREAD",
      "CREATE_VOTE",
      "CAST_VOTE",
    ]);

    expect(bitNames(effective(group, holding(), ANN, NOW))).toEqual(["VIEW_GROUP", "CAST_VOTE"]);
  });

  test("without VIEW_GROUP there is nothing", () => {
    const group = memberHas(["SEND_MESSAGE", "READ_HISTORY"]);

    expect(effective(group, holding(), ANN, NOW)).toEqual({ lo: 0, hi: 0, rank: 0 });
  });
});

describe("owner only", () => {
  test("is for the owner alone, whatever bits another has", () => {
    expect(ask({ ownerOnly: true }, holding(2))).toMatchObject({ ok: false, why: "OWNER" });
    expect(ask({ ownerOnly: true, u: OWNER }, holding()).ok).toBe(true);
  });

  test("comes before a missing bit, and after a mute", () => {
    expect(ask({ ownerOnly: true, need: ["BAN_MEMBER"] }, holding()).why).toBe("OWNER");
    expect(ask({ ownerOnly: true, need: ["SEND_MESSAGE"] }, { roles: [], mute: NOW + 1 }).why).toBe("MUTED");
  });
});

describe("H1: acting on a member", () => {
  const kick = { need: ["KICK_MEMBER"], on: BOB } as const;

  test("takes a rank strictly above", () => {
    expect(ask(kick, holding(2), { on: holding(3) }).ok).toBe(true);
    expect(ask(kick, holding(2), { on: holding(2) })).toMatchObject({ ok: false, why: "RANK" });
    expect(ask({ need: ["MUTE_MEMBER"], on: BOB }, holding(4), { on: holding(5) }).why).toBe("RANK");
    expect(ask({ need: ["MUTE_MEMBER"], on: BOB }, holding(4), { on: holding(2) }).why).toBe("RANK");
    expect(ask({ need: ["MUTE_MEMBER"], on: BOB }, holding(4), { on: holding() }).ok).toBe(true);
  });

  test("takes the bit first", () => {
    expect(ask(kick, holding(4), { on: holding(2) }).why).toBe("BIT");
  });

  test("nobody touches the owner, and nobody oneself; the owner neither", () => {
    expect(ask({ ...kick, on: OWNER }, holding(2)).why).toBe("RANK");
    expect(ask({ ...kick, on: ANN }, holding(2), { on: holding(2) }).why).toBe("RANK");
    expect(ask({ ...kick, u: OWNER, on: OWNER }, holding()).why).toBe("RANK");
  });

  test("the owner acts on everybody, also on a role whose rank is out of bounds", () => {
    const group = withRole([], 5_000);

    expect(ask({ ...kick, u: OWNER }, holding(), { on: holding(20), group }).ok).toBe(true);
    expect(rankOf(group, holding(20), BOB)).toBe(999);
  });

  test("somebody who is no member is left to the handler", () => {
    expect(ask(kick, holding(2), { on: null }).ok).toBe(true);
  });

  test("a target keeps the rank while muted", () => {
    expect(ask(kick, holding(2), { on: { roles: [2], mute: NOW + 1 } }).why).toBe("RANK");
  });
});

test("H2: content of an equal may be acted on, of a higher one not", () => {
  expect(mayActOnContent(500, 500)).toBe(true);
  expect(mayActOnContent(500, 501)).toBe(false);
  expect(mayActOnContent(500, EDITOR_CONTENT_RANK)).toBe(false);
  expect(mayActOnContent(800, EDITOR_CONTENT_RANK)).toBe(true);
});

describe("H3, H4 and H5: roles", () => {
  const has = (member: MemberFacts, u = ANN) => effective(base, member, u, NOW);

  test("one gives only a role below one's rank with no bit one lacks", () => {
    expect(mayAssignRole(base, has(holding(3)), role(4))).toBe(false);
    expect(mayAssignRole(base, has(holding(3, 4)), role(4))).toBe(true);
    expect(mayAssignRole(base, has(holding(3)), role(3))).toBe(false);
    expect(mayAssignRole(base, has(holding(2)), role(2))).toBe(false);
    expect(mayAssignRole(base, has(holding(2)), role(4))).toBe(true);
  });

  test("one takes a role below one's rank whatever it holds", () => {
    expect(mayTakeRole(base, has(holding(3)), role(4))).toBe(true);
    expect(mayTakeRole(base, has(holding(3)), role(2))).toBe(false);
    expect(mayTakeRole(base, has(holding(4)), role(5))).toBe(false);
  });

  test("the owner gives and takes every role", () => {
    expect(SEED_ROLES.every((one) => mayAssignRole(base, has(null, OWNER), one))).toBe(true);
    expect(SEED_ROLES.every((one) => mayTakeRole(base, has(null, OWNER), one))).toBe(true);
  });

  test("H3: a role is made below one's own rank, and what is new in it one has oneself", () => {
    const moderator = has(holding(4));
    const after = (bits: readonly Bit[], rank = 499) => ({ id: 9, name: "x", rank, ...maskOf(bits) });

    expect(mayMakeRole(moderator, after(["MUTE_MEMBER"]))).toBeUndefined();
    expect(mayMakeRole(moderator, after(["MUTE_MEMBER"], 500))).toBe("RANK");
    expect(mayMakeRole(moderator, after(["BAN_MEMBER"]))).toBe("BIT");
    expect(mayMakeRole(moderator, after(["BAN_MEMBER"]), maskOf(["BAN_MEMBER", "KICK_MEMBER"]))).toBeUndefined();
    expect(mayMakeRole(has(null, OWNER), after(["EXPORT_DATA"], 999))).toBeUndefined();
  });

  test("a role of another group is nobody's to give", () => {
    expect(mayAssignRole(base, has(null, OWNER), { id: 77, name: "Other", rank: 1, lo: 0, hi: 0 })).toBe(false);
  });

  test("one who is muted gives nothing", () => {
    expect(mayAssignRole(base, has({ roles: [3, 4], mute: NOW + 1 }), role(4))).toBe(false);
  });

  test("APPROVE_MEMBER gives no power over roles, and MANAGE_ROLE assigns nobody", () => {
    expect(ask({ need: ["ASSIGN_ROLE"] }, holding(6)).why).toBe("BIT");
    expect(ask({ need: ["ASSIGN_ROLE"] }, holding(20), { group: withRole(["MANAGE_ROLE"], 900) }).why).toBe("BIT");
  });
});

test("H7: nobody may give a role of one's own rank or above, so nobody's rank rises by one's own hand", () => {
  for (const own of SEED_ROLES) {
    const has = effective(base, holding(3, own.id), ANN, NOW);

    for (const wanted of SEED_ROLES) {
      if (mayAssignRole(base, has, wanted)) expect(wanted.rank).toBeLessThan(has.rank);
    }
  }
});

describe("step-up", () => {
  const old = NOW - LIMITS.dangerousSignInMaxMs - 1;

  test("a dangerous bit takes a sign-in at most 12 hours old", () => {
    expect(ask({ need: ["ASSIGN_ROLE"], auth: old }, holding(3))).toMatchObject({ why: "STEP_UP", bit: "ASSIGN_ROLE" });
    expect(ask({ need: ["ASSIGN_ROLE"], auth: 0 }, holding(3)).why).toBe("STEP_UP");
    expect(ask({ need: ["ASSIGN_ROLE"], auth: old + 1 }, holding(3)).ok).toBe(true);
  });

  test("so does what is called dangerous, without a bit to name; the owner too", () => {
    const answer = ask({ u: OWNER, ownerOnly: true, dangerous: true, auth: old }, holding());

    expect(answer).toMatchObject({ ok: false, why: "STEP_UP" });
    expect(answer).not.toHaveProperty("bit");
    expect(ask({ u: OWNER, need: ["MANAGE_ROLE"], auth: old }, holding()).why).toBe("STEP_UP");
  });

  test("is asked for last", () => {
    expect(ask({ need: ["ASSIGN_ROLE"], on: BOB, auth: 0 }, holding(3), { on: holding(3) }).why).toBe("RANK");
    expect(ask({ need: ["ASSIGN_ROLE"], auth: 0 }, holding()).why).toBe("BIT");
  });

  test("what is not dangerous needs none", () => {
    expect(ask({ need: ["SEND_MESSAGE"], auth: 0 }, holding()).ok).toBe(true);
  });
});

test("a role that the group no longer has gives nothing", () => {
  expect(ask({ need: ["PIN_MESSAGE"] }, holding(99)).why).toBe("BIT");
  expect(rankOf(base, holding(99), ANN)).toBe(100);
});

test("reserved bits of a role give nothing", () => {
  const group = { ...base, roles: [{ id: 1, name: "Member", rank: 100, lo: 0xffff_ffff, hi: 0xffff_ffff }] };

  expect(effective(group, holding(), ANN, NOW)).toEqual({ ...ALL, rank: 100 });
});
