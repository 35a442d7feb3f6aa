import type { GroupFacts, MemberFacts, Question } from "@guildhall/proto";
import { AXIS_BITS, type CommandAxis, POLICIES, POLICY_NAMES, type PolicyName } from "@guildhall/proto/tables";
import { describe, expect, test } from "vitest";
import { type Facts, may } from "./may.ts";
import { isAdmin, membersMaxOf, policyOf } from "./policy.ts";
import { SEED_ROLES } from "./roles.ts";

const NOW = 1_800_000_000_000;
const [OWNER, ANN, BOB] = [1, 2, 3];
const JUNIOR_ADMIN = 2;
const CONTENT_MODERATOR = 4;
const AXES = Object.keys(AXIS_BITS) as CommandAxis[];

const groupOf = (policy: PolicyName, more: Partial<GroupFacts> = {}): GroupFacts => {
  const facts = { g: 7, v: 1, owner: OWNER, state: "active", muteAll: false, roles: SEED_ROLES } as const;
  return { ...facts, policy, ...more };
};
const holding = (...roles: number[]): MemberFacts => ({ roles, mute: 0 });

/** Whether `u` with these roles is allowed what the axis is about; where not, why. */
function asked(policy: PolicyName, axis: CommandAxis, member: MemberFacts, more: Partial<Facts> = {}, u = ANN) {
  const [bit] = AXIS_BITS[axis];
  const question: Question = { g: 7, u, need: bit === undefined ? [] : [bit], axis, auth: NOW, minV: 0 };
  const { ok, why, axis: refused } = may(question, { group: groupOf(policy), member, on: null, ...more }, NOW);
  return ok ? "yes" : why === "POLICY" ? `POLICY ${refused}` : why;
}

/** Of each policy and axis what a Member, a Content Moderator and a Junior Admin hear. */
const ANSWERS: Readonly<Record<PolicyName, Readonly<Record<CommandAxis, readonly string[]>>>> = {
  group_account: {
    rename: ["BIT", "BIT", "BIT"],
    kick: ["BIT", "BIT", "yes"],
    delete: ["BIT", "yes", "yes"],
    recall: ["yes", "yes", "yes"],
  },
  wechat: {
    rename: ["POLICY rename", "POLICY rename", "POLICY rename"],
    kick: ["POLICY kick", "POLICY kick", "POLICY kick"],
    delete: ["POLICY delete", "POLICY delete", "yes"],
    recall: ["yes", "yes", "yes"],
  },
  qq: {
    rename: ["POLICY rename", "POLICY rename", "yes"],
    kick: ["POLICY kick", "POLICY kick", "yes"],
    delete: ["POLICY delete", "POLICY delete", "yes"],
    recall: ["POLICY recall", "POLICY recall", "POLICY recall"],
  },
  dingtalk: {
    rename: ["POLICY rename", "POLICY rename", "POLICY rename"],
    kick: ["POLICY kick", "POLICY kick", "POLICY kick"],
    delete: ["POLICY delete", "POLICY delete", "yes"],
    recall: ["POLICY recall", "POLICY recall", "yes"],
  },
};

describe.each(POLICY_NAMES)("the policy %s", (policy) => {
  test.each(AXES)("answers about %s", (axis) => {
    const people = [holding(), holding(CONTENT_MODERATOR), holding(JUNIOR_ADMIN)];

    expect(people.map((member) => asked(policy, axis, member, { holds: {} }))).toEqual(ANSWERS[policy][axis]);
    expect(asked(policy, axis, null, {}, OWNER)).toBe("yes");
    expect(asked(policy, axis, null)).toBe("NOT_MEMBER");
  });
});

test("who is entitled may recall until the moment it ends; where that is not known nothing is refused for it", () => {
  expect(asked("qq", "recall", holding(), { holds: { super_member: NOW + 1 } })).toBe("yes");
  expect(asked("qq", "recall", holding(), { holds: { super_member: NOW } })).toBe("POLICY recall");
  expect(asked("qq", "recall", holding(), { holds: { vip: NOW + 1 } })).toBe("POLICY recall");
  expect(asked("qq", "recall", holding())).toBe("yes");
});

test("what a policy gives an administrator a mute takes, and rank, state and sign-in are asked for as ever", () => {
  const admin = { roles: [JUNIOR_ADMIN], mute: NOW + 9 };
  expect(asked("qq", "rename", admin)).toBe("MUTED");
  expect(asked("qq", "rename", holding(JUNIOR_ADMIN), { group: groupOf("qq", { state: "frozen" }) })).toBe("FROZEN");

  const ban: Question = { g: 7, u: ANN, need: ["BAN_MEMBER"], axis: "kick", on: BOB, auth: NOW, minV: 0 };
  const facts = { group: groupOf("qq"), member: holding(JUNIOR_ADMIN), on: holding(JUNIOR_ADMIN) };
  expect(may(ban, facts, NOW)).toMatchObject({ why: "RANK" });
  expect(may(ban, { ...facts, on: holding() }, NOW)).toMatchObject({ ok: true });
  expect(may({ ...ban, auth: 0 }, { ...facts, on: holding() }, NOW)).toMatchObject({ why: "STEP_UP" });
});

test("a policy gives the bits of its own axis and no other, and says so to nobody", () => {
  const question: Question = {
    g: 7,
    u: ANN,
    need: ["EDIT_PROFILE", "SPEAK_AS_GROUP"],
    axis: "rename",
    auth: 0,
    minV: 0,
  };
  const facts = { group: groupOf("qq"), member: holding(JUNIOR_ADMIN), on: null };

  expect(may(question, facts, NOW)).toMatchObject({ why: "BIT", bit: "SPEAK_AS_GROUP" });
  const allowed = may({ ...question, need: ["EDIT_PROFILE"] }, facts, NOW);
  expect(allowed).toMatchObject({ ok: true, hi: may({ ...question, need: [] }, facts, NOW).hi });
  expect(may({ ...question, need: ["EDIT_PROFILE"], axis: "kick" }, facts, NOW)).toMatchObject({ why: "BIT" });
});

test("a group that chose no policy has that of the group account", () => {
  expect(policyOf({})).toBe(POLICIES.group_account);
});

test.each([
  ["wechat", {}, 500],
  ["wechat", { verified: NOW + 1 }, 2_000],
  ["wechat", { verified: NOW, vip: NOW + 1 }, 500],
  ["qq", {}, 2_000],
  ["qq", { vip: NOW + 1 }, 5_000],
  ["dingtalk", { verified: NOW + 1, vip: NOW + 1 }, 3_000],
  ["group_account", {}, 5_000],
] as const)("in %s an owner with %j may have %i members", (policy, holds, max) => {
  expect(membersMaxOf({ policy }, 0, holds, NOW)).toBe(max);
  expect(membersMaxOf({ policy }, 10, holds, NOW)).toBe(10);
  expect(membersMaxOf({ policy }, 6_000, holds, NOW)).toBe(max);
});

test("an administrator is who ranks as one, also by a role that is nobody's seed", () => {
  const roles = [...SEED_ROLES, { id: 20, name: "Deputy", rank: 800, lo: 0, hi: 0 }];

  expect([[2], [20], [4, 20], [3], [], [99]].map((held) => isAdmin(roles, held))).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});
