import { LIMITS } from "@guildhall/proto/tables";
import type { MemoryEntity } from "@guildhall/testkit/memory-entity";
import { describe, expect, test } from "vitest";
import { ADMIN, ANN, BOB, JUNIOR_ADMIN, MODERATOR, OWNER, openGroup, STRANGER } from "../../test/group-bench.ts";
import { GROUPS } from "../lifecycle/tables.ts";
import { sendMessage } from "../message/send-message.ts";
import { GROUP_ROLES, ROLE_HOLDERS } from "../role/tables.ts";
import { banMember } from "./ban-member.ts";
import { joinGroup } from "./join-group.ts";
import { leaveGroup } from "./leave-group.ts";
import { listBans } from "./list-bans.ts";
import { BANS, MEMBERS } from "./tables.ts";
import { unbanMember } from "./unban-member.ts";

const refused = (code: string, d?: unknown) => expect.objectContaining({ code, d });
const BAN_MEMBER_BIT = 30;

/** Gives the admins the bit that no seed role has. */
function letAdminsBan(group: MemoryEntity): void {
  const roles = group.get(GROUP_ROLES, group.g);
  if (roles === undefined) throw new Error("no roles");
  const list = roles.list.map((role) =>
    role.id === JUNIOR_ADMIN ? { ...role, lo: (role.lo | (1 << BAN_MEMBER_BIT)) >>> 0 } : role,
  );
  group.put(GROUP_ROLES, { ...roles, list });
}

describe("member.ban", () => {
  test("ends the membership, takes roles along and keeps the reason", () => {
    const group = openGroup();

    group.run(banMember, { u: MODERATOR }, OWNER, { why: "spam" });

    const { s, at } = group.events.at(-1) ?? {};
    expect(group.events.at(-1)).toMatchObject({ k: "member.ban", u: OWNER, b: { u: MODERATOR, until: 0 }, pv: s });
    expect(group.get(MEMBERS, 500, MODERATOR)).toMatchObject({ state: "banned", roles: [] });
    expect(group.get(ROLE_HOLDERS, 500)?.list).toEqual([[ADMIN, [JUNIOR_ADMIN]]]);
    expect(group.get(GROUPS, 500)?.members).toBe(4);
    expect(group.all(BANS)).toEqual([{ g: 500, u: MODERATOR, until: 0, by: OWNER, at, why: "spam" }]);
    expect(() => group.run(sendMessage, { k: "text", b: { t: "hi" } }, MODERATOR)).toThrow(refused("NOT_MEMBER"));
    expect(() => group.run(joinGroup, {}, MODERATOR)).toThrow(refused("BANNED", { until: 0 }));
  });

  test("of somebody who is no member or has left keeps them from joining and counts nobody twice", () => {
    const group = openGroup();
    group.run(leaveGroup, {}, ANN);

    group.run(banMember, { u: STRANGER }, OWNER);
    group.run(banMember, { u: ANN }, OWNER);

    expect(group.get(GROUPS, 500)?.members).toBe(4);
    expect(group.get(MEMBERS, 500, STRANGER)).toBeUndefined();
    expect(group.get(MEMBERS, 500, ANN)?.state).toBe("left");
    expect(() => group.run(joinGroup, {}, STRANGER)).toThrow(refused("BANNED", { until: 0 }));
    expect(() => group.run(joinGroup, {}, ANN)).toThrow(refused("BANNED", { until: 0 }));
  });

  test("ends by its time, to the millisecond, and is forgotten with the joining", () => {
    const group = openGroup();
    const until = group.nowMs + 60_000;
    group.run(banMember, { u: ANN, until }, OWNER);
    group.nowMs = until - 1;
    expect(() => group.run(joinGroup, {}, ANN)).toThrow(refused("BANNED", { until }));

    group.nowMs = until;
    group.run(joinGroup, {}, ANN);

    expect(group.get(MEMBERS, 500, ANN)?.state).toBe("in");
    expect(group.all(BANS)).toEqual([]);
  });

  test("another time takes the place of the one before, the same is ALREADY, one that has passed BAD_ARGS", () => {
    const group = openGroup();
    const until = group.nowMs + 60_000;
    group.run(banMember, { u: ANN, until }, OWNER);

    expect(() => group.run(banMember, { u: ANN, until }, OWNER)).toThrow(refused("ALREADY"));
    expect(() => group.run(banMember, { u: BOB, until: group.nowMs }, OWNER)).toThrow(
      refused("BAD_ARGS", { path: "/until" }),
    );
    group.run(banMember, { u: ANN }, OWNER);
    expect(group.get(BANS, 500, ANN)?.until).toBe(0);
    expect(() => group.run(banMember, { u: ANN }, OWNER)).toThrow(refused("ALREADY"));
    expect(group.get(GROUPS, 500)?.members).toBe(4);
  });

  test.each([
    ["the owner", ADMIN, OWNER, "RANK", undefined],
    ["oneself", ADMIN, ADMIN, "RANK", undefined],
    ["without the bit", MODERATOR, ANN, "FORBIDDEN", { bit: "BAN_MEMBER" }],
    ["as a stranger", STRANGER, BOB, "NOT_MEMBER", undefined],
  ])("refuses %s, and to lift it", (_, actor, u, code, d) => {
    const group = openGroup();
    letAdminsBan(group);

    expect(() => group.run(banMember, { u }, actor)).toThrow(refused(code, d));
    expect(() => group.run(unbanMember, { u }, actor)).toThrow(refused(code, d));
  });

  test("refuses an equal, and needs a password given lately", () => {
    const group = openGroup();
    letAdminsBan(group);
    const admin = group.get(MEMBERS, 500, ADMIN);
    if (admin !== undefined) group.put(MEMBERS, { ...admin, u: BOB });
    const authMs = group.nowMs - LIMITS.dangerousSignInMaxMs - 1;

    expect(() => group.run(banMember, { u: BOB }, ADMIN)).toThrow(refused("RANK"));
    expect(() => group.run(banMember, { u: ANN }, OWNER, { authMs })).toThrow(
      refused("STEP_UP_REQUIRED", { methods: ["password"] }),
    );
    group.run(banMember, { u: ANN }, ADMIN);
    expect(group.get(BANS, 500, ANN)?.by).toBe(ADMIN);
  });
});

describe("member.unban", () => {
  test("lets them join again, and changes no permissions", () => {
    const group = openGroup();
    group.run(banMember, { u: ANN }, OWNER);

    group.run(unbanMember, { u: ANN }, OWNER);

    expect(group.events.at(-1)).toMatchObject({ k: "member.unban", u: OWNER, b: { u: ANN }, pp: -1 });
    expect(group.all(BANS)).toEqual([]);
    group.run(joinGroup, {}, ANN);
    expect(group.get(GROUPS, 500)?.members).toBe(5);
    expect(() => group.run(unbanMember, { u: ANN }, OWNER)).toThrow(refused("ALREADY"));
  });
});

describe("bans.list", () => {
  test("pages by rising id, without and with an end", async () => {
    const group = openGroup();
    const until = group.nowMs + 60_000;
    for (const u of [BOB, STRANGER, ANN]) {
      group.run(banMember, u === ANN ? { u, until } : { u }, OWNER, { why: `no ${u}` });
    }
    const ban = (u: number) => expect.objectContaining({ u, by: OWNER, why: `no ${u}`, until: u === ANN ? until : 0 });

    expect(await group.ask(listBans, { g: 500, lim: 2 })).toEqual({ bans: [ban(ANN), ban(BOB)], more: true });
    expect(await group.ask(listBans, { g: 500, lim: 2, after: BOB })).toEqual({ bans: [ban(STRANGER)], more: false });
  });
});
