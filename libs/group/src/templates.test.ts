import { BIT_NAMES, effective, hasBit } from "@guildhall/model";
import type { Bit } from "@guildhall/proto/tables";
import type { MemoryEntity } from "@guildhall/testkit/memory-entity";
import { describe, expect, test } from "vitest";
import {
  ANN,
  BOB,
  CONTENT_MODERATOR,
  EVENT_MANAGER,
  JUNIOR_ADMIN,
  OWNER,
  openGroup,
  RECRUITMENT_OFFICER,
  ROLE_MANAGER,
} from "../test/group-bench.ts";
import { groupFactsOf, memberFactsOf } from "./facts.ts";
import { dissolveGroup } from "./lifecycle/dissolve-group.ts";
import { editGroup } from "./lifecycle/edit-group.ts";
import { GROUPS } from "./lifecycle/tables.ts";
import { transferGroup } from "./lifecycle/transfer-group.ts";
import { changeNickname } from "./membership/change-nickname.ts";
import { kickMember } from "./membership/kick-member.ts";
import { muteMember } from "./membership/mute-member.ts";
import { MEMBERS } from "./membership/tables.ts";
import { unmuteMember } from "./membership/unmute-member.ts";
import { deleteMessage } from "./message/delete-message.ts";
import { sendMessage } from "./message/send-message.ts";
import { assignRole } from "./role/assign-role.ts";
import { GROUP_ROLES } from "./role/tables.ts";
import { takeRole } from "./role/take-role.ts";

/** Everything that takes more than being a member, done by ANN to BOB, who has spoken and is Event Manager. */
const ACTS: Readonly<Record<string, (group: MemoryEntity) => unknown>> = {
  delete: (group) => group.run(deleteMessage, { s: group.events.length }, ANN),
  mute: (group) => group.run(muteMember, { u: BOB, until: group.nowMs + 60_000 }, ANN),
  unmute: (group) => {
    group.run(muteMember, { u: BOB, until: group.nowMs + 60_000 }, OWNER);
    group.run(unmuteMember, { u: BOB }, ANN);
  },
  kick: (group) => group.run(kickMember, { u: BOB }, ANN),
  nickname: (group) => group.run(changeNickname, { u: BOB, nick: "x" }, ANN),
  "mention all": (group) => group.run(sendMessage, { k: "text", b: { t: "x" }, mn: "all" }, ANN),
  edit: (group) => group.run(editGroup, { name: "x" }, ANN),
  assign: (group) => group.run(assignRole, { u: BOB, role: ROLE_MANAGER }, ANN),
  take: (group) => group.run(takeRole, { u: BOB, role: EVENT_MANAGER }, ANN),
  transfer: (group) => group.run(transferGroup, { to: ANN }, ANN),
  dissolve: (group) => group.run(dissolveGroup, {}, ANN),
};

/** A group where ANN has this role and BOB, ranked below, has spoken. */
function groupWith(role: number): MemoryEntity {
  const group = openGroup();
  group.run(assignRole, { u: ANN, role }, OWNER);
  const roles = group.get(GROUP_ROLES, 500);
  if (roles === undefined) throw new Error("no roles");
  const list = roles.list.map((one) =>
    one.id === EVENT_MANAGER && role !== EVENT_MANAGER ? { ...one, rank: 200 } : one,
  );
  group.put(GROUP_ROLES, { ...roles, list });
  if (role !== EVENT_MANAGER) group.run(assignRole, { u: BOB, role: EVENT_MANAGER }, OWNER);
  group.run(sendMessage, { k: "text", b: { t: "hello" } }, BOB);
  return group;
}

const TEMPLATES: readonly (readonly [name: string, role: number, allowed: readonly string[], extra: readonly Bit[]])[] =
  [
    ["Content Moderator", CONTENT_MODERATOR, ["delete", "mute", "unmute"], ["DELETE_ANY_MESSAGE", "MUTE_MEMBER"]],
    ["Event Manager", EVENT_MANAGER, [], ["PIN_MESSAGE", "PUBLISH_ANNOUNCEMENT", "CREATE_EVENT", "MANAGE_EVENT"]],
    ["Recruitment Officer", RECRUITMENT_OFFICER, [], ["APPROVE_MEMBER"]],
    ["Role Manager", ROLE_MANAGER, ["take"], ["ASSIGN_ROLE"]],
  ];

describe.each(TEMPLATES)("the template %s", (_, role, allowed, extra) => {
  test("may do what it is for and is refused all else", () => {
    for (const [act, run] of Object.entries(ACTS)) {
      const attempt = () => run(groupWith(role));
      if (allowed.includes(act)) expect(attempt, act).not.toThrow();
      else expect(attempt, act).toThrow(expect.objectContaining({ code: expect.stringMatching(/^(FORBIDDEN|RANK)$/) }));
    }
  });

  test("adds exactly its bits to those of a member", () => {
    const group = groupWith(role);
    const [row, roles] = [group.get(GROUPS, 500), group.get(GROUP_ROLES, 500)];
    if (row === undefined || roles === undefined) throw new Error("no group");
    const facts = groupFactsOf(row, roles, group.pv);
    const bitsOf = (held: readonly number[]) => {
      const has = effective(facts, { roles: held, mute: 0 }, ANN, group.nowMs);
      return BIT_NAMES.filter((bit) => hasBit(has, bit));
    };

    const own = memberFactsOf(group.get(MEMBERS, 500, ANN))?.roles ?? [];

    expect(own).toEqual([role]);
    expect(bitsOf(own).filter((bit) => !bitsOf([]).includes(bit))).toEqual(extra);
  });
});

test("a Junior Admin may moderate people and content, and is refused profile, roles and what is the owner's", () => {
  const allowed = ["delete", "mute", "unmute", "kick", "nickname", "mention all"];

  for (const [act, run] of Object.entries(ACTS)) {
    const attempt = () => run(groupWith(JUNIOR_ADMIN));
    if (allowed.includes(act)) expect(attempt, act).not.toThrow();
    else expect(attempt, act).toThrow(expect.objectContaining({ code: "FORBIDDEN" }));
  }
});
