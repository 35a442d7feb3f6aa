import { LIMITS } from "@guildhall/proto/tables";
import { type MemoryEntity, memoryEntity } from "@guildhall/testkit/memory-entity";
import { describe, expect, test } from "vitest";
import {
  ADMIN,
  ANN,
  BOB,
  endGroup,
  JUNIOR_ADMIN,
  MODERATOR,
  OWNER,
  openGroup,
  STRANGER,
} from "../../test/group-bench.ts";
import { GROUPS } from "../lifecycle/tables.ts";
import { sendMessage } from "../message/send-message.ts";
import { ROLE_HOLDERS } from "../role/tables.ts";
import { changeNickname } from "./change-nickname.ts";
import { joinGroup } from "./join-group.ts";
import { kickMember } from "./kick-member.ts";
import { leaveGroup } from "./leave-group.ts";
import { muteMember } from "./mute-member.ts";
import { MEMBERS } from "./tables.ts";
import { unmuteMember } from "./unmute-member.ts";

const refused = (code: string, d?: unknown) => expect.objectContaining({ code, d });
const member = (group: MemoryEntity, u: number) => group.get(MEMBERS, group.g, u);
const count = (group: MemoryEntity) => group.get(GROUPS, group.g)?.members;

describe("member.join", () => {
  test("makes a plain member and shows it as a permission event", () => {
    const group = openGroup();

    group.run(joinGroup, { nick: " Zoe " }, STRANGER);

    const { s, at } = group.events.at(-1) ?? {};
    const row = { g: 500, u: STRANGER, state: "in", nick: "Zoe", roles: [], mute: 0, at, seq: s, holds: null };
    expect(member(group, STRANGER)).toEqual(row);
    expect(count(group)).toBe(6);
    expect(group.events.at(-1)).toMatchObject({ k: "member.join", b: { u: STRANGER, nick: "Zoe" }, pv: s, m: 0 });
  });

  test("after leaving, roles and nickname are gone and a mute still binds", () => {
    const group = openGroup();
    const until = group.nowMs + 3_600_000;
    group.run(changeNickname, { nick: "The Admin" }, ADMIN);
    group.run(muteMember, { u: ADMIN, until }, OWNER);
    group.run(leaveGroup, {}, ADMIN);

    group.run(joinGroup, {}, ADMIN);

    expect(member(group, ADMIN)).toMatchObject({
      state: "in",
      nick: "",
      roles: [],
      mute: until,
      seq: group.events.length,
    });
    expect(() => group.run(sendMessage, { k: "text", b: { t: "hi" } }, ADMIN)).toThrow(refused("MUTED", { until }));
  });

  test("refuses members, bad nicknames, full, dissolved and missing groups, and the system", () => {
    const group = openGroup();

    expect(() => group.run(joinGroup, {}, ANN)).toThrow(refused("ALREADY"));
    expect(() => group.run(joinGroup, { nick: "a\u0000" }, STRANGER)).toThrow(refused("BAD_ARGS", { path: "/nick" }));
    expect(() => group.run(joinGroup, {}, 0)).toThrow(refused("UNAUTHENTICATED"));
    expect(() => memoryEntity(1).run(joinGroup, {}, STRANGER)).toThrow(refused("NOT_FOUND"));
    endGroup(group);
    expect(() => group.run(joinGroup, {}, STRANGER)).toThrow(refused("FROZEN"));
  });

  test("the last place is given, the next refused", () => {
    const group = openGroup();
    const row = group.get(GROUPS, 500);
    if (row !== undefined) group.put(GROUPS, { ...row, members: LIMITS.membersPerGroupMax - 1 });

    group.run(joinGroup, {}, STRANGER);

    expect(count(group)).toBe(LIMITS.membersPerGroupMax);
    expect(() => group.run(joinGroup, {}, STRANGER + 1)).toThrow(
      refused("GROUP_FULL", { axis: "members", max: LIMITS.membersPerGroupMax }),
    );
  });
});

describe("member.leave", () => {
  test("ends the membership, also of somebody muted, and takes roles along", () => {
    const group = openGroup();
    group.run(muteMember, { u: MODERATOR, until: group.nowMs + 60_000 }, OWNER);

    group.run(leaveGroup, {}, MODERATOR);

    expect(member(group, MODERATOR)).toMatchObject({ state: "left", roles: [] });
    expect(group.get(ROLE_HOLDERS, 500)?.list).toEqual([[ADMIN, [JUNIOR_ADMIN]]]);
    expect(count(group)).toBe(4);
    expect(group.events.at(-1)).toMatchObject({ k: "member.leave", b: { u: MODERATOR }, pv: group.events.length });
  });

  test("refuses the owner and strangers", () => {
    const group = openGroup();

    expect(() => group.run(leaveGroup, {}, OWNER)).toThrow(refused("LAST_OWNER"));
    expect(() => group.run(leaveGroup, {}, STRANGER)).toThrow(refused("NOT_MEMBER"));
    group.run(leaveGroup, {}, ANN);
    expect(() => group.run(leaveGroup, {}, ANN)).toThrow(refused("NOT_MEMBER"));
  });
});

describe("member.kick", () => {
  test("ends the membership of somebody below, who may join again", () => {
    const group = openGroup();

    group.run(kickMember, { u: MODERATOR }, ADMIN);

    expect(member(group, MODERATOR)).toMatchObject({ state: "kicked", roles: [] });
    expect(count(group)).toBe(4);
    expect(group.events.at(-1)).toMatchObject({
      k: "member.kick",
      u: ADMIN,
      b: { u: MODERATOR },
      pv: group.events.length,
    });
    expect(() => group.run(sendMessage, { k: "text", b: { t: "hi" } }, MODERATOR)).toThrow(refused("NOT_MEMBER"));
    group.run(joinGroup, {}, MODERATOR);
    expect(count(group)).toBe(5);
  });

  test.each([
    ["the owner", ADMIN, OWNER, "RANK", undefined],
    ["oneself", ADMIN, ADMIN, "RANK", undefined],
    ["who is no member", ADMIN, STRANGER, "NOT_FOUND", undefined],
    ["without the bit", ANN, BOB, "FORBIDDEN", { bit: "KICK_MEMBER" }],
    ["as a stranger", STRANGER, BOB, "NOT_MEMBER", undefined],
  ])("refuses %s", (_, actor, u, code, d) => {
    expect(() => openGroup().run(kickMember, { u }, actor)).toThrow(refused(code, d));
  });

  test("refuses an equal, and somebody already gone", () => {
    const group = openGroup();
    const admin = member(group, ADMIN);
    if (admin !== undefined) group.put(MEMBERS, { ...admin, u: BOB });

    expect(() => group.run(kickMember, { u: BOB }, ADMIN)).toThrow(refused("RANK"));
    group.run(kickMember, { u: ANN }, ADMIN);
    expect(() => group.run(kickMember, { u: ANN }, ADMIN)).toThrow(refused("NOT_FOUND"));
  });
});

describe("member.mute and member.unmute", () => {
  test("a mute stops sending until its time, and is lifted by time or by unmute", () => {
    const group = openGroup();
    const until = group.nowMs + 60_000;
    const speak = () => group.run(sendMessage, { k: "text", b: { t: "hi" } }, ANN);

    group.run(muteMember, { u: ANN, until }, MODERATOR);
    expect(group.events.at(-1)).toMatchObject({ k: "member.mute", b: { u: ANN, until }, pv: group.events.length });
    expect(speak).toThrow(refused("MUTED", { until }));

    group.nowMs = until;
    speak();

    group.run(muteMember, { u: ANN, until: until + 60_000 }, MODERATOR);
    group.run(unmuteMember, { u: ANN }, MODERATOR);
    expect(group.events.at(-1)).toMatchObject({ k: "member.unmute", b: { u: ANN }, pv: group.events.length });
    expect(member(group, ANN)?.mute).toBe(0);
    speak();
  });

  test("a mute may be as long as the limit and no longer, and must be ahead", () => {
    const group = openGroup();
    group.nowMs += 1_000;
    const mute = (until: number) => () => group.run(muteMember, { u: ANN, until }, MODERATOR);

    expect(mute(group.nowMs)).toThrow(refused("BAD_ARGS", { path: "/until" }));
    expect(mute(group.nowMs + LIMITS.muteMaxMs + 1)).toThrow(refused("BAD_ARGS", { path: "/until" }));
    mute(group.nowMs + LIMITS.muteMaxMs)();
    group.nowMs += 1_000;
    mute(group.nowMs + 1)();
    expect(member(group, ANN)?.mute).toBe(group.nowMs + 1);
  });

  test("the same mute again and a mute that is over are ALREADY", () => {
    const group = openGroup();
    const until = group.nowMs + 60_000;
    group.run(muteMember, { u: ANN, until }, MODERATOR);

    expect(() => group.run(muteMember, { u: ANN, until }, MODERATOR)).toThrow(refused("ALREADY"));
    group.nowMs = until;
    expect(() => group.run(unmuteMember, { u: ANN }, MODERATOR)).toThrow(refused("ALREADY"));
    expect(() => group.run(unmuteMember, { u: BOB }, MODERATOR)).toThrow(refused("ALREADY"));
  });

  test.each([
    ["an admin by a moderator", MODERATOR, ADMIN, "RANK", undefined],
    ["the owner", ADMIN, OWNER, "RANK", undefined],
    ["who is no member", MODERATOR, STRANGER, "NOT_FOUND", undefined],
    ["without the bit", ANN, BOB, "FORBIDDEN", { bit: "MUTE_MEMBER" }],
  ])("refuses to mute or unmute %s", (_, actor, u, code, d) => {
    const group = openGroup();

    expect(() => group.run(muteMember, { u, until: group.nowMs + 60_000 }, actor)).toThrow(refused(code, d));
    expect(() => group.run(unmuteMember, { u }, actor)).toThrow(refused(code, d));
  });

  test("a moderator who is muted mutes nobody", () => {
    const group = openGroup();
    const until = group.nowMs + 60_000;
    group.run(muteMember, { u: MODERATOR, until }, ADMIN);

    expect(() => group.run(muteMember, { u: ANN, until }, MODERATOR)).toThrow(refused("MUTED", { until }));
  });
});

describe("member.nick", () => {
  test("changes and removes one's own, and no permissions", () => {
    const group = openGroup();
    const { pv } = group;

    group.run(changeNickname, { nick: " Annie " }, ANN);
    expect(member(group, ANN)?.nick).toBe("Annie");
    expect(group.events.at(-1)).toMatchObject({ k: "member.nick", b: { u: ANN, nick: "Annie" }, pp: -1 });

    group.run(changeNickname, { u: ANN, nick: "" }, ANN);
    expect(member(group, ANN)?.nick).toBe("");
    expect(group.pv).toBe(pv);
  });

  test("two members may bear one", () => {
    const group = openGroup();

    group.run(changeNickname, { nick: "Sam" }, ANN);
    group.run(changeNickname, { nick: "Sam" }, BOB);

    expect([member(group, ANN)?.nick, member(group, BOB)?.nick]).toEqual(["Sam", "Sam"]);
  });

  test("an admin changes that of somebody below", () => {
    const group = openGroup();

    group.run(changeNickname, { u: ANN, nick: "Annie" }, ADMIN);

    expect(group.events.at(-1)).toMatchObject({ k: "member.nick", u: ADMIN, b: { u: ANN, nick: "Annie" } });
  });

  test("refuses the same, the muted, the unfit, and others' without bit or rank", () => {
    const group = openGroup();
    const until = group.nowMs + 60_000;
    group.run(muteMember, { u: BOB, until }, ADMIN);
    const change = (actor: number, u: number | undefined, nick: string) => () =>
      group.run(changeNickname, { nick, ...(u === undefined ? {} : { u }) }, actor);

    expect(change(ANN, undefined, " ")).toThrow(refused("ALREADY"));
    expect(change(ANN, undefined, "a\u202e")).toThrow(refused("BAD_ARGS", { path: "/nick" }));
    expect(change(BOB, undefined, "Bobby")).toThrow(refused("MUTED", { until }));
    expect(change(BOB, BOB, "Bobby")).toThrow(refused("MUTED", { until }));
    expect(change(MODERATOR, ANN, "x")).toThrow(refused("FORBIDDEN", { bit: "MANAGE_NICKNAME" }));
    expect(change(ADMIN, OWNER, "x")).toThrow(refused("RANK"));
    expect(change(ADMIN, STRANGER, "x")).toThrow(refused("NOT_FOUND"));
    expect(change(STRANGER, undefined, "x")).toThrow(refused("NOT_MEMBER"));
  });
});
