import { maskOf, SEED_ROLES } from "@guildhall/model";
import type { RoleBits, RoleView } from "@guildhall/proto";
import { type Bit, LIMITS } from "@guildhall/proto/tables";
import { type MemoryEntity, memoryEntity } from "@guildhall/testkit/memory-entity";
import { describe, expect, test } from "vitest";
import {
  ADMIN,
  ANN,
  BOB,
  CONTENT_MODERATOR,
  EVENT_MANAGER,
  JUNIOR_ADMIN,
  MODERATOR,
  OWNER,
  openGroup,
  RECRUITMENT_OFFICER,
  ROLE_MANAGER,
  STRANGER,
} from "../../test/group-bench.ts";
import { changeNickname } from "../membership/change-nickname.ts";
import { kickMember } from "../membership/kick-member.ts";
import { muteMember } from "../membership/mute-member.ts";
import { pageMembers } from "../membership/page-members.ts";
import { MEMBERS } from "../membership/tables.ts";
import { sendMessage } from "../message/send-message.ts";
import { assignRole } from "./assign-role.ts";
import { createRole } from "./create-role.ts";
import { deleteRole } from "./delete-role.ts";
import { editRole } from "./edit-role.ts";
import { listRoles } from "./list-roles.ts";
import { GROUP_ROLES, ROLE_HOLDERS } from "./tables.ts";
import { takeRole } from "./take-role.ts";

const refused = (code: string, d?: unknown) => expect.objectContaining({ code, d });
const rolesOf = (group: MemoryEntity, u: number) => group.get(MEMBERS, group.g, u)?.roles;
const stepUp = refused("STEP_UP_REQUIRED", { methods: ["password"] });

/** ADMIN is also Role Manager: the one way below the owner to give roles. */
function withRoleManager(): MemoryEntity {
  const group = openGroup();
  group.run(assignRole, { u: ADMIN, role: ROLE_MANAGER }, OWNER);
  return group;
}

const bits = (...names: Bit[]): RoleBits => {
  const { lo, hi } = maskOf(names);
  return [lo, hi];
};
/** The first role that is made has this id. */
const MADE = 7;

/** BOB may make and give roles below 600, and has what a Content Moderator has; ANN is a plain member. */
function withRoleMaker(): MemoryEntity {
  const group = openGroup();
  const p = bits("MANAGE_ROLE", "ASSIGN_ROLE", "DELETE_ANY_MESSAGE", "MUTE_MEMBER");
  group.run(createRole, { name: "Role Maker", rank: 600, p }, OWNER);
  group.run(assignRole, { u: BOB, role: MADE }, OWNER);
  return group;
}
const roleOf = (group: MemoryEntity, id: number) => group.get(GROUP_ROLES, 500)?.list.find((role) => role.id === id);

describe("S23: role.create", () => {
  test("makes a role that can be given and gives exactly its bits", () => {
    const group = openGroup();

    group.run(createRole, { name: " Door ", rank: 300, p: bits("KICK_MEMBER") }, OWNER);
    group.run(assignRole, { u: ANN, role: MADE }, OWNER);

    expect(group.events.at(-2)).toMatchObject({
      k: "role.create",
      u: OWNER,
      b: { role: MADE, name: "Door", rank: 300, p: [1 << 29, 0] },
      pv: group.events.length - 1,
    });
    expect(() => group.run(muteMember, { u: BOB, until: group.nowMs + 1_000 }, ANN)).toThrow(
      refused("FORBIDDEN", { bit: "MUTE_MEMBER" }),
    );
    group.run(kickMember, { u: BOB }, ANN);
    expect(group.get(MEMBERS, 500, BOB)?.state).toBe("kicked");
  });

  test("S24: copies a template under another name, with another rank or other bits where they are named", () => {
    const group = openGroup();

    group.run(createRole, { name: "Night watch", from: CONTENT_MODERATOR }, OWNER);
    group.run(createRole, { name: "Deputy", from: CONTENT_MODERATOR, rank: 200, p: bits("MUTE_MEMBER") }, OWNER);

    const template = SEED_ROLES.find(({ id }) => id === CONTENT_MODERATOR);
    expect(roleOf(group, MADE)).toEqual({ ...template, id: MADE, name: "Night watch" });
    expect(roleOf(group, MADE + 1)).toEqual({ id: MADE + 1, name: "Deputy", rank: 200, ...maskOf(["MUTE_MEMBER"]) });
  });

  test("who may make roles makes them below the own rank, of bits they have", () => {
    const group = withRoleMaker();

    group.run(createRole, { name: "Helper", rank: 599, p: bits("MUTE_MEMBER") }, BOB);
    group.run(assignRole, { u: ANN, role: MADE + 1 }, BOB);

    expect(rolesOf(group, ANN)).toEqual([MADE + 1]);
  });

  const fine = { name: "Helper", rank: 300, p: bits() };
  test.each([
    ["a rank that is one's own", BOB, { ...fine, rank: 600 }, "RANK", undefined],
    ["a rank above one's own", BOB, { ...fine, rank: 999 }, "RANK", undefined],
    ["a copy of a rank above one's own", BOB, { name: "Two", from: JUNIOR_ADMIN }, "RANK", undefined],
    ["a bit one has not", BOB, { ...fine, p: bits("MUTE_MEMBER", "BAN_MEMBER") }, "FORBIDDEN", { bit: "BAN_MEMBER" }],
    ["a copy with a bit one has not", BOB, { name: "Two", from: EVENT_MANAGER }, "FORBIDDEN", { bit: "PIN_MESSAGE" }],
    ["without the bit", MODERATOR, fine, "FORBIDDEN", { bit: "MANAGE_ROLE" }],
    ["of who may only give roles", ADMIN, fine, "FORBIDDEN", { bit: "MANAGE_ROLE" }],
    ["as a stranger", STRANGER, fine, "NOT_MEMBER", undefined],
    ["another's name in another case", OWNER, { ...fine, name: "EVENT manager" }, "CONFLICT", { path: "/name" }],
    ["a name that shows nothing", OWNER, { ...fine, name: " " }, "BAD_ARGS", { path: "/name" }],
    ["reserved bits", OWNER, { ...fine, p: [0, 1 << 19] as const }, "BAD_ARGS", { path: "/p" }],
    ["no rank", OWNER, { name: "Helper", p: bits() }, "BAD_ARGS", { path: "/rank" }],
    ["no bits", OWNER, { name: "Helper", rank: 300 }, "BAD_ARGS", { path: "/p" }],
    ["a copy of Member", OWNER, { name: "Helper", from: 1 }, "BAD_ARGS", { path: "/from" }],
    ["a copy of no role", OWNER, { name: "Helper", from: 77 }, "NOT_FOUND", undefined],
  ])("refuses %s", (_, actor, args, code, d) => {
    const group = withRoleMaker();
    group.run(assignRole, { u: ADMIN, role: ROLE_MANAGER }, OWNER);
    const before = group.snapshot();

    expect(() => group.run(createRole, args, actor)).toThrow(refused(code, d));
    expect(group.snapshot()).toEqual(before);
  });

  test("S25: needs a fresh sign-in, also of the owner", () => {
    expect(() => openGroup().run(createRole, fine, OWNER, { authMs: 0 })).toThrow(stepUp);
  });

  test("a group has at most LIMITS.rolesPerGroupMax roles, and an id is never used again", () => {
    const group = openGroup();
    const free = LIMITS.rolesPerGroupMax - SEED_ROLES.length;
    for (let i = 0; i < free; i++) group.run(createRole, { ...fine, name: `r${i}` }, OWNER);

    expect(() => group.run(createRole, fine, OWNER)).toThrow(refused("QUOTA"));
    group.run(deleteRole, { role: MADE + free - 1 }, OWNER);
    group.run(createRole, fine, OWNER);
    expect(roleOf(group, MADE + free)?.name).toBe("Helper");
  });
});

describe("S23: role.edit", () => {
  test("changes what is named, at once for those who have it, and says what has changed", () => {
    const group = withRoleMaker();
    group.run(editRole, { role: MADE, name: "Maker", rank: 600, p: bits("MANAGE_ROLE") }, OWNER);

    expect(group.events.at(-1)).toMatchObject({
      k: "role.edit",
      b: { role: MADE, name: "Maker", p: bits("MANAGE_ROLE") },
      pv: group.events.length,
    });
    expect(group.events.at(-1)?.b).not.toHaveProperty("rank");
    const mute = { u: ANN, until: group.nowMs + 1_000 };
    expect(() => group.run(muteMember, mute, BOB)).toThrow(refused("FORBIDDEN", { bit: "MUTE_MEMBER" }));
  });

  test("a bit that one has not may be taken out and left in, and not put in", () => {
    const group = withRoleMaker();

    expect(() => group.run(editRole, { role: EVENT_MANAGER, p: bits("PIN_MESSAGE", "BAN_MEMBER") }, BOB)).toThrow(
      refused("FORBIDDEN", { bit: "BAN_MEMBER" }),
    );
    group.run(editRole, { role: EVENT_MANAGER, p: bits("PIN_MESSAGE", "MUTE_MEMBER") }, BOB);

    expect(roleOf(group, EVENT_MANAGER)).toMatchObject(maskOf(["PIN_MESSAGE", "MUTE_MEMBER"]));
  });

  test("what all members may do can be taken from them, but not that they see the group", () => {
    const group = openGroup();

    group.run(editRole, { role: 1, p: bits("VIEW_GROUP", "READ_HISTORY") }, OWNER);

    const send = { k: "text", b: { t: "hi" } } as const;
    expect(() => group.run(sendMessage, send, ANN)).toThrow(refused("FORBIDDEN", { bit: "SEND_MESSAGE" }));
    expect(() => group.run(editRole, { role: 1, p: bits("READ_HISTORY") }, OWNER)).toThrow(
      refused("BAD_ARGS", { path: "/p" }),
    );
  });

  test.each([
    ["a role of the own rank", BOB, { role: MADE, name: "x" }, "RANK", undefined],
    ["a role above", BOB, { role: JUNIOR_ADMIN, name: "x" }, "RANK", undefined],
    ["to the own rank", BOB, { role: EVENT_MANAGER, rank: 600 }, "RANK", undefined],
    ["what is no role", OWNER, { role: 77, name: "x" }, "NOT_FOUND", undefined],
    ["a name another has", OWNER, { role: EVENT_MANAGER, name: "member" }, "CONFLICT", { path: "/name" }],
    ["the name of Member", OWNER, { role: 1, name: "x" }, "BAD_ARGS", { path: "/name" }],
    ["the rank of Member", OWNER, { role: 1, rank: 900 }, "BAD_ARGS", { path: "/rank" }],
    ["reserved bits", OWNER, { role: EVENT_MANAGER, p: [0, 1 << 20] as const }, "BAD_ARGS", { path: "/p" }],
    ["what is so already", OWNER, { role: EVENT_MANAGER, name: "Event Manager", rank: 500 }, "ALREADY", undefined],
    ["nothing", OWNER, { role: EVENT_MANAGER }, "ALREADY", undefined],
    ["without the bit", ADMIN, { role: EVENT_MANAGER, name: "x" }, "FORBIDDEN", { bit: "MANAGE_ROLE" }],
  ])("refuses %s", (_, actor, args, code, d) => {
    const group = withRoleMaker();
    const before = group.snapshot();

    expect(() => group.run(editRole, args, actor)).toThrow(refused(code, d));
    expect(group.snapshot()).toEqual(before);
  });

  test("nobody raises themselves: not by a role of theirs that is below another of theirs", () => {
    const group = withRoleMaker();
    group.run(assignRole, { u: BOB, role: CONTENT_MODERATOR }, OWNER);

    group.run(editRole, { role: CONTENT_MODERATOR, rank: 599 }, BOB);

    expect(() => group.run(editRole, { role: CONTENT_MODERATOR, rank: 601 }, BOB)).toThrow(refused("RANK"));
    expect(() => group.run(changeNickname, { u: ADMIN, nick: "x" }, BOB)).toThrow();
  });
});

describe("S23: role.delete", () => {
  test("takes what it gave from those who had it, and is shown with nobody", async () => {
    const group = openGroup();

    group.run(deleteRole, { role: CONTENT_MODERATOR }, OWNER);

    expect(group.events.at(-1)).toMatchObject({
      k: "role.delete",
      b: { role: CONTENT_MODERATOR },
      pv: group.events.length,
    });
    const mute = { u: ANN, until: group.nowMs + 1_000 };
    expect(() => group.run(muteMember, mute, MODERATOR)).toThrow(refused("FORBIDDEN", { bit: "MUTE_MEMBER" }));
    expect(group.get(ROLE_HOLDERS, 500)?.list).toEqual([[ADMIN, [JUNIOR_ADMIN]]]);
    const { members } = (await group.ask(pageMembers, { g: 500 })) as { members: { u: number; roles: number[] }[] };
    expect(members.find(({ u }) => u === MODERATOR)?.roles).toEqual([]);
  });

  test("what is left of it in a member's row goes with the next change of their roles", () => {
    const group = openGroup();
    group.run(deleteRole, { role: CONTENT_MODERATOR }, OWNER);

    group.run(assignRole, { u: MODERATOR, role: EVENT_MANAGER }, OWNER);

    expect(rolesOf(group, MODERATOR)).toEqual([EVENT_MANAGER]);
  });

  test.each([
    ["a role of the own rank", BOB, MADE, "RANK", undefined],
    ["a role above", BOB, JUNIOR_ADMIN, "RANK", undefined],
    ["the Member role", OWNER, 1, "BAD_ARGS", { path: "/role" }],
    ["what is no role", OWNER, 77, "NOT_FOUND", undefined],
    ["without the bit", ADMIN, EVENT_MANAGER, "FORBIDDEN", { bit: "MANAGE_ROLE" }],
  ])("refuses %s", (_, actor, role, code, d) => {
    expect(() => withRoleMaker().run(deleteRole, { role }, actor)).toThrow(refused(code, d));
  });
});

describe("role.assign", () => {
  test("adds a role to those a member has, shows it as a permission event, and lists the holder", () => {
    const group = openGroup();

    group.run(assignRole, { u: MODERATOR, role: EVENT_MANAGER }, OWNER);

    expect(rolesOf(group, MODERATOR)).toEqual([CONTENT_MODERATOR, EVENT_MANAGER]);
    const body = { u: MODERATOR, role: EVENT_MANAGER };
    expect(group.events.at(-1)).toMatchObject({ k: "role.assign", u: OWNER, b: body, pv: group.events.length });
    expect(group.get(ROLE_HOLDERS, 500)?.list).toEqual([
      [ADMIN, [JUNIOR_ADMIN]],
      [MODERATOR, [CONTENT_MODERATOR, EVENT_MANAGER]],
    ]);
  });

  test("a Role Manager gives roles below the own rank whose bits they hold", () => {
    const group = withRoleManager();

    group.run(assignRole, { u: ANN, role: CONTENT_MODERATOR }, ADMIN);
    group.run(assignRole, { u: ANN, role: ROLE_MANAGER }, ADMIN);

    expect(rolesOf(group, ANN)).toEqual([CONTENT_MODERATOR, ROLE_MANAGER]);
  });

  test.each([
    ["a role of the own rank", ADMIN, ANN, JUNIOR_ADMIN, "RANK", undefined],
    ["a role with a bit they lack", ADMIN, ANN, RECRUITMENT_OFFICER, "FORBIDDEN", { bit: "APPROVE_MEMBER" }],
    ["themselves", ADMIN, ADMIN, EVENT_MANAGER, "RANK", undefined],
    ["the owner", ADMIN, OWNER, EVENT_MANAGER, "RANK", undefined],
    ["who is no member", OWNER, STRANGER, EVENT_MANAGER, "NOT_FOUND", undefined],
    ["a role that is not there", OWNER, ANN, 77, "NOT_FOUND", undefined],
    ["the Member role", OWNER, ANN, 1, "BAD_ARGS", { path: "/role" }],
    ["a role they have", OWNER, ADMIN, JUNIOR_ADMIN, "ALREADY", undefined],
    ["without the bit", MODERATOR, ANN, EVENT_MANAGER, "FORBIDDEN", { bit: "ASSIGN_ROLE" }],
    ["as a stranger", STRANGER, ANN, EVENT_MANAGER, "NOT_MEMBER", undefined],
  ])("refuses %s", (_, actor, u, role, code, d) => {
    expect(() => withRoleManager().run(assignRole, { u, role }, actor)).toThrow(refused(code, d));
  });

  test("a Role Manager without other roles can give none that has more than Member", () => {
    const group = openGroup();
    group.run(assignRole, { u: ANN, role: ROLE_MANAGER }, OWNER);

    for (const role of [CONTENT_MODERATOR, EVENT_MANAGER, RECRUITMENT_OFFICER]) {
      expect(() => group.run(assignRole, { u: BOB, role }, ANN)).toThrow(
        expect.objectContaining({ code: "FORBIDDEN" }),
      );
    }
    expect(() => group.run(assignRole, { u: BOB, role: ROLE_MANAGER }, ANN)).toThrow(refused("RANK"));
  });

  test("needs a fresh sign-in, also of the owner", () => {
    const group = openGroup();
    const authMs = group.nowMs - LIMITS.dangerousSignInMaxMs;

    expect(() => group.run(assignRole, { u: ANN, role: EVENT_MANAGER }, OWNER, { authMs })).toThrow(stepUp);
    expect(() => group.run(assignRole, { u: ANN, role: EVENT_MANAGER }, OWNER, { authMs: 0 })).toThrow(stepUp);
  });

  test("a member has at most LIMITS.rolesPerMemberMax roles", () => {
    const group = openGroup();
    const row = group.get(GROUP_ROLES, 500);
    const list = Array.from({ length: 20 }, (_, index) => ({ id: 101 + index, name: "x", rank: 10, lo: 0, hi: 0 }));
    if (row !== undefined) group.put(GROUP_ROLES, { ...row, list: [...row.list, ...list] });

    for (let index = 0; index < LIMITS.rolesPerMemberMax; index++) {
      group.run(assignRole, { u: ANN, role: 101 + index }, OWNER);
    }

    expect(() => group.run(assignRole, { u: ANN, role: 120 }, OWNER)).toThrow(refused("QUOTA"));
  });
});

describe("role.take", () => {
  test("takes a role from a member below and unlists who has none left", () => {
    const group = openGroup();

    group.run(takeRole, { u: MODERATOR, role: CONTENT_MODERATOR }, OWNER);

    expect(rolesOf(group, MODERATOR)).toEqual([]);
    expect(group.get(ROLE_HOLDERS, 500)?.list).toEqual([[ADMIN, [JUNIOR_ADMIN]]]);
    const body = { u: MODERATOR, role: CONTENT_MODERATOR };
    expect(group.events.at(-1)).toMatchObject({ k: "role.take", u: OWNER, b: body, pv: group.events.length });
  });

  test("one's own is free: without a bit, without a fresh sign-in, and while muted", () => {
    const group = openGroup();
    group.run(muteMember, { u: MODERATOR, until: group.nowMs + 60_000 }, OWNER);

    group.run(takeRole, { u: MODERATOR, role: CONTENT_MODERATOR }, MODERATOR, { authMs: 0 });
    group.run(takeRole, { u: ADMIN, role: JUNIOR_ADMIN }, ADMIN, { authMs: 0 });

    expect([rolesOf(group, MODERATOR), rolesOf(group, ADMIN)]).toEqual([[], []]);
  });

  test("a role with a bit that one lacks may be taken from somebody below (H4)", () => {
    const group = withRoleManager();
    group.run(assignRole, { u: ANN, role: RECRUITMENT_OFFICER }, OWNER);

    group.run(takeRole, { u: ANN, role: RECRUITMENT_OFFICER }, ADMIN);

    expect(rolesOf(group, ANN)).toEqual([]);
  });

  test.each([
    ["from an equal", ANN, ADMIN, ROLE_MANAGER, "RANK", undefined],
    ["from who is no member", ADMIN, STRANGER, CONTENT_MODERATOR, "NOT_FOUND", undefined],
    ["what is no role", ADMIN, MODERATOR, 77, "NOT_FOUND", undefined],
    ["the Member role", ADMIN, MODERATOR, 1, "BAD_ARGS", { path: "/role" }],
    ["the own Member role", ADMIN, ADMIN, 1, "BAD_ARGS", { path: "/role" }],
    ["what they have not", ADMIN, MODERATOR, EVENT_MANAGER, "ALREADY", undefined],
    ["what one has not oneself", ANN, ANN, EVENT_MANAGER, "ALREADY", undefined],
    ["a role that is not below, though its holder is said to be", ADMIN, MODERATOR, JUNIOR_ADMIN, "RANK", undefined],
    ["without the bit", MODERATOR, ANN, ROLE_MANAGER, "FORBIDDEN", { bit: "ASSIGN_ROLE" }],
    ["as a stranger, also one's own", STRANGER, STRANGER, EVENT_MANAGER, "NOT_MEMBER", undefined],
  ])("refuses %s", (_, actor, u, role, code, d) => {
    const group = withRoleManager();
    group.run(assignRole, { u: ANN, role: ROLE_MANAGER }, OWNER);

    expect(() => group.run(takeRole, { u, role }, actor)).toThrow(refused(code, d));
  });

  test("another's needs a fresh sign-in", () => {
    const group = openGroup();

    expect(() => group.run(takeRole, { u: ADMIN, role: JUNIOR_ADMIN }, OWNER, { authMs: 0 })).toThrow(stepUp);
  });
});

describe("roles.list", () => {
  test("shows every role with its bits", async () => {
    const answer = (await openGroup().ask(listRoles, { g: 500 })) as { roles: RoleView[] };

    expect(answer.roles).toEqual(SEED_ROLES.map(({ id, name, rank, lo, hi }) => ({ id, name, rank, p: [lo, hi] })));
  });

  test("of no group is NOT_FOUND", async () => {
    await expect(memoryEntity(1).ask(listRoles, { g: 1 })).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
