import { SEED_ROLES } from "@guildhall/model";
import type { CreateArgs, EditGroupArgs } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { memoryEntity } from "@guildhall/testkit/memory-entity";
import { describe, expect, test } from "vitest";
import { ADMIN, ANN, endGroup, MODERATOR, OWNER, openGroup, PROFILE, STRANGER } from "../../test/group-bench.ts";
import { muteMember } from "../membership/mute-member.ts";
import { MEMBERS } from "../membership/tables.ts";
import { GROUP_ROLES, ROLE_HOLDERS } from "../role/tables.ts";
import { announceDissolution, cancelDissolution } from "./announce-dissolution.ts";
import { createGroup } from "./create-group.ts";
import { dissolveGroup } from "./dissolve-group.ts";
import { editGroup } from "./edit-group.ts";
import { getGroup } from "./get-group.ts";
import { GROUPS } from "./tables.ts";
import { transferGroup } from "./transfer-group.ts";

const refused = (code: string, d?: unknown) => expect.objectContaining({ code, d });
const longAgoMs = LIMITS.dangerousSignInMaxMs + 1;

describe("group.create", () => {
  test("makes the group, its roles and its owner, and answers with the view", async () => {
    const group = memoryEntity(500);

    const view = group.run(createGroup, { ...PROFILE, name: " Chess " }, OWNER);

    const at = group.events[0]?.at;
    const settings = {
      muteAll: false,
      slowMs: 0,
      membersMax: 0,
      attribution: "admins",
      official: false,
      avatar: 0,
      locked: false,
      dissolveAt: 0,
    };
    const expected = { ...PROFILE, ...settings, g: 500, owner: OWNER, state: "active", members: 1, at };
    const told = { ...expected, policy: "group_account" };
    expect(view).toEqual(told);
    expect(await group.ask(getGroup, { g: 500 })).toEqual(told);
    expect(group.all(GROUPS)).toEqual([
      { ...expected, policy: { name: "group_account", s: 1 }, ownerHolds: null, authFrom: 0, account: null },
    ]);
    expect(group.all(GROUP_ROLES)).toEqual([{ g: 500, list: SEED_ROLES, next: 7 }]);
    expect(group.all(ROLE_HOLDERS)).toEqual([{ g: 500, list: [] }]);
    expect(group.all(MEMBERS)).toEqual([
      { g: 500, u: OWNER, state: "in", nick: "", roles: [], mute: 0, at, seq: 1, holds: null },
    ]);
  });

  test("shows name, category, number and policy as the first permission event", () => {
    const group = memoryEntity(500);

    group.run(createGroup, PROFILE, OWNER);

    expect(group.events).toEqual([expect.objectContaining({ k: "group.create", u: OWNER, s: 1, pv: 1, pp: 0, m: 0 })]);
    const body = { name: "Chess", category: "interest", number: 1001, policy: "group_account" };
    expect(group.events[0]?.b).toEqual(body);
  });

  test("tags and intro may be left out", () => {
    const group = memoryEntity(500);

    const view = group.run(createGroup, { name: "Chess", category: "study", number: 7 }, OWNER);

    expect(view).toMatchObject({ tags: [], intro: "" });
  });

  test.each<[string, Partial<CreateArgs>, string]>([
    ["a name of white space", { name: " \u3000" }, "/name"],
    ["a name with a control character", { name: "a\u0007" }, "/name"],
    ["a tag with a direction override", { tags: ["ok", "a\u202e"] }, "/tags/1"],
    ["a tag that is there twice", { tags: ["a", "b", "a"] }, "/tags/2"],
  ])("refuses %s", (_, wrong, path) => {
    const group = memoryEntity(500);

    expect(() => group.run(createGroup, { ...PROFILE, ...wrong }, OWNER)).toThrow(refused("BAD_ARGS", { path }));
    expect(group.events).toEqual([]);
  });

  test("refuses an id that is taken, the system as owner, the official voice and other lanes", () => {
    const group = openGroup();

    expect(() => group.run(createGroup, PROFILE, STRANGER)).toThrow(refused("CONFLICT"));
    expect(() => memoryEntity(501).run(createGroup, PROFILE, 0)).toThrow(refused("UNAUTHENTICATED"));
    expect(() => memoryEntity(501).run(createGroup, PROFILE, OWNER, { as: 1 })).toThrow(refused("UNSUPPORTED"));
    expect(() => memoryEntity(501).run(createGroup, PROFILE, OWNER, { lane: 1 })).toThrow(refused("UNSUPPORTED"));
  });
});

describe("group.edit", () => {
  test("changes what is named, shows what changed, and changes no permissions", () => {
    const group = openGroup();
    const { pv } = group;

    group.run(editGroup, { name: " Go ", category: "interest", tags: ["go", "chess"] }, OWNER);

    expect(group.get(GROUPS, 500)).toMatchObject({
      name: "Go",
      category: "interest",
      tags: ["go", "chess"],
      intro: "Hi",
    });
    expect(group.events.at(-1)).toMatchObject({ k: "group.edit", pp: -1, m: 0 });
    expect(group.events.at(-1)?.b).toEqual({ name: "Go", tags: ["go", "chess"] });
    expect(group.pv).toBe(pv);
  });

  test("an intro may become empty", () => {
    const group = openGroup();

    group.run(editGroup, { intro: "" }, OWNER);

    expect(group.get(GROUPS, 500)?.intro).toBe("");
    expect(group.events.at(-1)?.b).toEqual({ intro: "" });
  });

  test.each<[string, EditGroupArgs]>([
    ["nothing", {}],
    ["all as it was", { name: "Chess ", category: "interest", tags: ["chess", "go"], intro: "Hi" }],
  ])("is ALREADY for %s", (_, same) => {
    expect(() => openGroup().run(editGroup, same, OWNER)).toThrow(refused("ALREADY"));
  });

  test("refuses a bad name, and people without EDIT_PROFILE", () => {
    const group = openGroup();

    expect(() => group.run(editGroup, { name: "\u200b" }, OWNER)).toThrow(refused("BAD_ARGS", { path: "/name" }));
    expect(() => group.run(editGroup, { tags: ["a", "a"] }, OWNER)).toThrow(refused("BAD_ARGS", { path: "/tags/1" }));
    for (const u of [ADMIN, MODERATOR, ANN]) {
      expect(() => group.run(editGroup, { name: "Go" }, u)).toThrow(refused("FORBIDDEN", { bit: "EDIT_PROFILE" }));
    }
    expect(() => group.run(editGroup, { name: "Go" }, STRANGER)).toThrow(refused("NOT_MEMBER"));
  });
});

describe("group.transfer", () => {
  test("makes a member the owner, without roles or mute, and the old one a plain member", () => {
    const group = openGroup();
    group.run(muteMember, { u: ADMIN, until: group.nowMs + 60_000 }, OWNER);

    group.run(transferGroup, { to: ADMIN }, OWNER);

    expect(group.get(GROUPS, 500)).toMatchObject({ owner: ADMIN, members: 5 });
    expect(group.get(MEMBERS, 500, ADMIN)).toMatchObject({ state: "in", roles: [], mute: 0 });
    expect(group.get(MEMBERS, 500, OWNER)).toMatchObject({ state: "in", roles: [] });
    expect(group.get(ROLE_HOLDERS, 500)?.list.map(([u]) => u)).toEqual([MODERATOR]);
    expect(group.events.at(-1)).toMatchObject({ k: "group.transfer", b: { from: OWNER, to: ADMIN }, pv: group.pv });
    expect(() => group.run(editGroup, { name: "Go" }, OWNER)).toThrow(refused("FORBIDDEN", { bit: "EDIT_PROFILE" }));
    group.run(editGroup, { name: "Go" }, ADMIN);
  });

  test("refuses a stranger, oneself, who is not the owner, and an old sign-in", () => {
    const group = openGroup();

    expect(() => group.run(transferGroup, { to: STRANGER }, OWNER)).toThrow(refused("NOT_FOUND"));
    expect(() => group.run(transferGroup, { to: OWNER }, OWNER)).toThrow(refused("ALREADY"));
    expect(() => group.run(transferGroup, { to: ADMIN }, ADMIN)).toThrow(refused("FORBIDDEN", { owner: true }));
    expect(() => group.run(transferGroup, { to: ADMIN }, OWNER, { authMs: group.nowMs - longAgoMs })).toThrow(
      refused("STEP_UP_REQUIRED", { methods: ["password"] }),
    );
  });
});

describe("group.dissolve", () => {
  test("ends the group for everything but reading", async () => {
    const group = openGroup();

    endGroup(group);

    expect(group.events.at(-1)).toMatchObject({ k: "group.dissolve", b: {}, pv: group.pv, pp: 7 });
    expect(await group.ask(getGroup, { g: 500 })).toMatchObject({ state: "dissolved" });
    expect(() => group.run(editGroup, { name: "Go" }, OWNER)).toThrow(refused("FROZEN"));
    expect(() => group.run(dissolveGroup, {}, OWNER)).toThrow(refused("FROZEN"));
  });

  test("S49: is announced before, to everybody, and can be taken back; 72 hours later it is done", async () => {
    const group = openGroup();
    const early = (due: unknown) => refused("PENDING_APPROVAL", { due });

    expect(() => group.run(dissolveGroup, {}, OWNER)).toThrow(early(0));
    group.run(announceDissolution, {}, OWNER);
    const due = group.nowMs + LIMITS.dissolutionDelayMs;
    expect(group.events.at(-1)).toMatchObject({ k: "dissolution.announce", b: { due: expect.any(Number) }, mn: "all" });
    expect((await group.ask(getGroup, { g: 500 })) as object).toMatchObject({ state: "active" });
    expect(() => group.run(announceDissolution, {}, OWNER)).toThrow(refused("ALREADY"));
    expect(() => group.run(cancelDissolution, {}, ADMIN)).toThrow(refused("FORBIDDEN", { owner: true }));
    group.nowMs = due - 60_000;
    expect(() => group.run(dissolveGroup, {}, OWNER)).toThrow(early(expect.any(Number)));
    group.run(cancelDissolution, {}, OWNER);
    expect(() => group.run(cancelDissolution, {}, OWNER)).toThrow(refused("ALREADY"));
    group.nowMs = due + 60_000;
    expect(() => group.run(dissolveGroup, {}, OWNER)).toThrow(early(0));
    endGroup(group);
  });

  test("S49: another owner announces it anew", () => {
    const group = openGroup();
    group.run(announceDissolution, {}, OWNER);
    group.run(transferGroup, { to: ADMIN }, OWNER);
    group.nowMs += LIMITS.dissolutionDelayMs + 60_000;

    expect(() => group.run(dissolveGroup, {}, ADMIN)).toThrow(refused("PENDING_APPROVAL", { due: 0 }));
  });

  test("refuses who is not the owner, and an old sign-in", () => {
    const group = openGroup();

    expect(() => group.run(dissolveGroup, {}, ADMIN)).toThrow(refused("FORBIDDEN", { owner: true }));
    expect(() => group.run(dissolveGroup, {}, STRANGER)).toThrow(refused("NOT_MEMBER"));
    expect(() => group.run(dissolveGroup, {}, OWNER, { authMs: 0 })).toThrow(
      refused("STEP_UP_REQUIRED", { methods: ["password"] }),
    );
  });
});

test("a group that does not exist is NOT_FOUND for commands and questions", async () => {
  const nothing = memoryEntity(1);

  expect(() => nothing.run(editGroup, { name: "Go" }, OWNER)).toThrow(refused("NOT_FOUND"));
  await expect(nothing.ask(getGroup, { g: 1 })).rejects.toMatchObject({ code: "NOT_FOUND" });
});
