import { LIMITS } from "@guildhall/proto/tables";
import type { MemoryEntity } from "@guildhall/testkit/memory-entity";
import { TIMELINE, type TimelineRow } from "@guildhall/timeline";
import { beforeEach, describe, expect, test } from "vitest";
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
import { transferGroup } from "../lifecycle/transfer-group.ts";
import { kickMember } from "../membership/kick-member.ts";
import { leaveGroup } from "../membership/leave-group.ts";
import { muteMember } from "../membership/mute-member.ts";
import { assignRole } from "../role/assign-role.ts";
import { takeRole } from "../role/take-role.ts";
import { deleteMessage } from "./delete-message.ts";
import { editMessage } from "./edit-message.ts";
import { recallMessage } from "./recall-message.ts";
import { sendMessage } from "./send-message.ts";

const refused = (code: string, d?: unknown) => expect.objectContaining({ code, d });

let group: MemoryEntity;
beforeEach(() => {
  group = openGroup();
});

/** Seq and time of a message by `u`. */
function sent(u: number, t = "hello") {
  group.run(sendMessage, { k: "text", b: { t }, mn: [OWNER, BOB] }, u);
  return { s: group.events.length, at: group.events.at(-1)?.at ?? 0 };
}

const rowAt = (s: number): TimelineRow | undefined => group.get(TIMELINE, group.g, 0, 0, s);
const edit = (s: number, t: string, u: number) => () => group.run(editMessage, { s, b: { t } }, u);
const recall = (s: number, u: number) => () => group.run(recallMessage, { s }, u);
const remove = (s: number, u: number) => () => group.run(deleteMessage, { s }, u);
const mute = (u: number, until: number) => group.run(muteMember, { u, until }, OWNER);

describe("msg.edit", () => {
  test("changes the body of the row, which names the edit; the rest of it stays", () => {
    const { s } = sent(ANN);
    const before = rowAt(s);

    edit(s, " bye ", ANN)();

    const rev = group.events.length;
    expect(rowAt(s)).toEqual({ ...before, b: { t: " bye " }, rev, edits: 1 });
    expect(group.events.at(-1)).toMatchObject({ k: "msg.edit", u: ANN, b: { s, b: { t: " bye " } }, pp: -1, m: 1 });
  });

  test("is open to the end of the window, and ten times", () => {
    const { s, at } = sent(ANN);
    group.nowMs = at + LIMITS.editWindowMs - LIMITS.editsPerMessageMax;

    for (let n = 1; n <= LIMITS.editsPerMessageMax; n++) edit(s, `version ${n}`, ANN)();

    expect(rowAt(s)?.edits).toBe(LIMITS.editsPerMessageMax);
    expect(edit(s, "once more", ANN)).toThrow(refused("QUOTA"));
  });

  test("after the window is refused, with the time and the window", () => {
    const { s, at } = sent(ANN);
    group.nowMs = at + LIMITS.editWindowMs;
    edit(s, "just in time", ANN)();
    group.nowMs += 1;

    expect(edit(s, "too late", ANN)).toThrow(
      refused("WINDOW_CLOSED", { ts: group.nowMs, window: LIMITS.editWindowMs }),
    );
  });

  test("refuses others' messages, also of the owner, the same text, and what a text cannot be", () => {
    const { s } = sent(ANN);

    expect(edit(s, "mine now", OWNER)).toThrow(refused("FORBIDDEN"));
    expect(edit(s, "hello", ANN)).toThrow(refused("ALREADY"));
    expect(edit(s, " \n", ANN)).toThrow(refused("BAD_ARGS", { path: "/b/t" }));
    expect(edit(s, "a".repeat(LIMITS.textMaxCodePoints + 1), ANN)).toThrow(refused("TOO_LARGE"));
  });

  test("refuses what is gone, what is no message, and what is not there", () => {
    const [recalled, deleted] = [sent(ANN).s, sent(ANN).s];
    recall(recalled, ANN)();
    remove(deleted, MODERATOR)();

    for (const s of [recalled, deleted, 3, group.events.length, 999]) {
      expect(edit(s, "new", ANN)).toThrow(refused("NOT_FOUND"));
    }
  });

  test("refuses the muted and those who left", () => {
    const { s } = sent(ANN);
    const until = group.nowMs + 60_000;
    mute(ANN, until);
    expect(edit(s, "new", ANN)).toThrow(refused("MUTED", { until }));
    group.run(leaveGroup, {}, ANN);
    expect(edit(s, "new", ANN)).toThrow(refused("NOT_MEMBER"));
  });
});

describe("msg.recall", () => {
  test("empties the row, which names the recall; seq, author and time stay", () => {
    const { s } = sent(ANN);
    const before = rowAt(s);

    recall(s, ANN)();

    expect(rowAt(s)).toEqual({ ...before, b: {}, mn: null, x: 1, rev: group.events.length });
    expect(group.events.at(-1)).toMatchObject({ k: "msg.recall", u: ANN, b: { s }, pp: -1, m: 1 });
    expect(group.events[s - 1]?.b).toEqual({ t: "hello" });
  });

  test("is open for the window and the grace, and no longer", () => {
    const [first, second] = [sent(ANN), sent(ANN)];
    const graceEndMs = LIMITS.recallWindowMs + LIMITS.recallGraceMs;
    group.nowMs = first.at + graceEndMs;
    recall(first.s, ANN)();
    group.nowMs = second.at + graceEndMs + 1;

    expect(recall(second.s, ANN)).toThrow(refused("WINDOW_CLOSED", { ts: group.nowMs, window: LIMITS.recallWindowMs }));
  });

  test("the window binds the owner too", () => {
    const { s, at } = sent(OWNER);
    group.nowMs = at + LIMITS.recallWindowMs + LIMITS.recallGraceMs + 1;

    expect(recall(s, OWNER)).toThrow(expect.objectContaining({ code: "WINDOW_CLOSED" }));
  });

  test("refuses others' messages, what is gone, and what is no message", () => {
    const [recalled, deleted] = [sent(ANN).s, sent(ANN).s];
    expect(recall(recalled, BOB)).toThrow(refused("FORBIDDEN"));
    expect(recall(recalled, OWNER)).toThrow(refused("FORBIDDEN"));
    recall(recalled, ANN)();
    remove(deleted, MODERATOR)();

    for (const s of [recalled, deleted]) expect(recall(s, ANN)).toThrow(refused("ALREADY"));
    for (const s of [4, group.events.length, 999]) expect(recall(s, ANN)).toThrow(refused("NOT_FOUND"));
  });

  test("is lost while muted and after leaving", () => {
    const { s } = sent(ANN);
    const until = group.nowMs + 1_000;
    mute(ANN, until);
    expect(recall(s, ANN)).toThrow(refused("MUTED", { until }));
    group.run(kickMember, { u: ANN }, ADMIN);
    expect(recall(s, ANN)).toThrow(refused("NOT_MEMBER"));
  });
});

describe("msg.delete", () => {
  test("empties the row for good at any age, with x 2", () => {
    const { s, at } = sent(ANN);
    const before = rowAt(s);
    group.nowMs = at + 400 * 86_400_000;

    group.run(deleteMessage, { s }, MODERATOR, { why: "spam" });

    expect(rowAt(s)).toEqual({ ...before, b: {}, mn: null, x: 2, rev: group.events.length });
    expect(group.events.at(-1)).toMatchObject({ k: "msg.delete", u: MODERATOR, b: { s }, why: "spam", pp: -1, m: 1 });
  });

  test("takes in one's own, and what people who have left wrote", () => {
    const [own, left] = [sent(MODERATOR).s, sent(ANN).s];
    group.run(leaveGroup, {}, ANN);

    remove(own, MODERATOR)();
    remove(left, MODERATOR)();

    expect([rowAt(own)?.x, rowAt(left)?.x]).toEqual([2, 2]);
  });

  test("looks at the author's rank of now: equal is enough, higher is refused", () => {
    const [byAdmin, byOwner, byAnn] = [sent(ADMIN).s, sent(OWNER).s, sent(ANN).s];
    expect(remove(byAdmin, MODERATOR)).toThrow(refused("RANK"));
    expect(remove(byOwner, ADMIN)).toThrow(refused("RANK"));

    group.run(assignRole, { u: ANN, role: JUNIOR_ADMIN }, OWNER);
    expect(remove(byAnn, MODERATOR)).toThrow(refused("RANK"));
    remove(byAnn, ADMIN)();

    group.run(takeRole, { u: ADMIN, role: JUNIOR_ADMIN }, OWNER);
    remove(byAdmin, MODERATOR)();

    group.run(transferGroup, { to: BOB }, OWNER);
    remove(byOwner, MODERATOR)();
    expect(group.events.slice(-1)).toMatchObject([{ k: "msg.delete" }]);
  });

  test("the rank of an author who left is that of a member", () => {
    const { s } = sent(ADMIN);
    group.run(leaveGroup, {}, ADMIN);

    remove(s, MODERATOR)();

    expect(rowAt(s)?.x).toBe(2);
  });

  test("what was said as the group ranks 800", () => {
    const { s } = sent(ANN);
    const row = rowAt(s);
    if (row !== undefined) group.put(TIMELINE, { ...row, as: 1 });

    expect(remove(s, MODERATOR)).toThrow(refused("RANK"));
    remove(s, ADMIN)();
  });

  test("refuses without the bit, what is gone, what is no message, and a muted moderator", () => {
    const [one, two] = [sent(ANN).s, sent(ANN).s];
    expect(remove(one, BOB)).toThrow(refused("FORBIDDEN", { bit: "DELETE_ANY_MESSAGE" }));
    expect(remove(one, ANN)).toThrow(refused("FORBIDDEN", { bit: "DELETE_ANY_MESSAGE" }));
    expect(remove(one, STRANGER)).toThrow(refused("NOT_MEMBER"));
    remove(one, MODERATOR)();
    recall(two, ANN)();

    for (const s of [one, two]) expect(remove(s, MODERATOR)).toThrow(refused("ALREADY"));
    for (const s of [2, group.events.length, 999]) expect(remove(s, MODERATOR)).toThrow(refused("NOT_FOUND"));
    const until = group.nowMs + 60_000;
    mute(MODERATOR, until);
    expect(remove(one, MODERATOR)).toThrow(refused("MUTED", { until }));
  });
});

test("nothing is rewritten in a dissolved group", () => {
  const { s } = sent(OWNER);
  endGroup(group);

  for (const attempt of [edit(s, "new", OWNER), recall(s, OWNER), remove(s, OWNER)]) {
    expect(attempt).toThrow(refused("FROZEN"));
  }
});
