import { SEED_ROLES } from "@guildhall/model";
import type { RoleView } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
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
import { muteMember } from "../membership/mute-member.ts";
import { MEMBERS } from "../membership/tables.ts";
import { assignRole } from "./assign-role.ts";
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
