import type { SendArgs } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ADMIN, ANN, BOB, endGroup, MODERATOR, OWNER, openGroup, STRANGER } from "../../test/group-bench.ts";
import { GROUPS } from "../lifecycle/tables.ts";
import { joinGroup } from "../membership/join-group.ts";
import { leaveGroup } from "../membership/leave-group.ts";
import { muteMember } from "../membership/mute-member.ts";
import { deleteMessage } from "./delete-message.ts";
import { recallMessage } from "./recall-message.ts";
import { sendMessage } from "./send-message.ts";

const refused = (code: string, d?: unknown) => expect.objectContaining({ code, d });
const text = (t: string, more: Partial<SendArgs> = {}): SendArgs => ({ k: "text", b: { t }, ...more });

test("a text is kept as sent, counts, and changes no permissions", () => {
  const group = openGroup();
  const { pv } = group;
  const t = "  two\nlines\u202e \u0000 e\u0301  ";

  group.run(sendMessage, text(t), ANN);

  expect(group.events.at(-1)).toMatchObject({ k: "text", u: ANN, b: { t }, m: 1, pv, pp: -1, re: 0, mn: null, x: 0 });
});

test("an action is one of its own kind", () => {
  const group = openGroup();

  group.run(sendMessage, { k: "action", b: { t: "waves" } }, ANN);

  expect(group.events.at(-1)).toMatchObject({ k: "action", b: { t: "waves" }, m: 1 });
});

describe("the text", () => {
  test.each(["", " ", "\n\t", "\u00a0\u3000\ufeff"])("%j is empty", (t) => {
    expect(() => openGroup().run(sendMessage, text(t), ANN)).toThrow(refused("BAD_ARGS", { path: "/b/t" }));
  });

  test.each([
    ["as many characters as may be", "é".repeat(LIMITS.textMaxCodePoints)],
    ["as many bytes as may be", "👍".repeat(LIMITS.textMaxBytes / 4)],
  ])("%s is kept", (_, t) => {
    const group = openGroup();

    group.run(sendMessage, text(t), ANN);

    expect(group.events.at(-1)?.b).toEqual({ t });
  });

  test.each([
    ["one character more", "a".repeat(LIMITS.textMaxCodePoints + 1)],
    ["one byte more", `${"👍".repeat(LIMITS.textMaxBytes / 4)}a`],
  ])("%s is TOO_LARGE", (_, t) => {
    expect(() => openGroup().run(sendMessage, text(t), ANN)).toThrow(refused("TOO_LARGE"));
  });

  test("is measured in code points and in bytes of UTF-8", () => {
    const piece = fc.constantFrom("a", "é", "€", "👍", "\u0301");
    fc.assert(
      fc.property(
        fc.array(fc.tuple(piece, fc.integer({ min: 1, max: 2_100 })), { minLength: 1, maxLength: 4 }),
        (runs) => {
          const t = `x${runs.map(([char, times]) => char.repeat(times)).join("")}`;
          const fits =
            Array.from(t).length <= LIMITS.textMaxCodePoints &&
            new TextEncoder().encode(t).length <= LIMITS.textMaxBytes;
          const send = () => openGroup().run(sendMessage, text(t), ANN);
          if (fits) send();
          else expect(send).toThrow(refused("TOO_LARGE"));
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe("a reply", () => {
  test("names a message of the lane", () => {
    const group = openGroup();
    group.run(sendMessage, text("hello"), ANN);
    const re = group.events.length;

    group.run(sendMessage, text("hi", { re }), BOB);

    expect(group.events.at(-1)).toMatchObject({ re, b: { t: "hi" } });
  });

  test("to nothing, to what is no message, and to what is gone is NOT_FOUND", () => {
    const group = openGroup();
    group.run(sendMessage, text("one"), ANN);
    group.run(sendMessage, text("two"), ANN);
    const [one, two] = [group.events.length - 1, group.events.length];
    group.run(recallMessage, { s: one }, ANN);
    group.run(deleteMessage, { s: two }, MODERATOR);

    for (const re of [one, two, 1, group.events.length, 10_000]) {
      expect(() => group.run(sendMessage, text("re", { re }), BOB)).toThrow(refused("NOT_FOUND"));
    }
  });
});

describe("mentions", () => {
  test("are of members, once each, and not of oneself", () => {
    const group = openGroup();
    group.run(joinGroup, {}, STRANGER);
    group.run(leaveGroup, {}, STRANGER);

    group.run(sendMessage, text("hey", { mn: [BOB, ANN, STRANGER, OWNER, BOB, 123_456] }), ANN);

    expect(group.events.at(-1)?.mn).toEqual([BOB, OWNER]);
  });

  test("of nobody who is left over are none", () => {
    const group = openGroup();

    group.run(sendMessage, text("hey", { mn: [ANN, STRANGER] }), ANN);
    group.run(sendMessage, text("hey", { mn: [] }), ANN);

    expect(group.events.slice(-2).map(({ mn }) => mn)).toEqual([null, null]);
  });

  test("of all need MENTION_ALL", () => {
    const group = openGroup();

    group.run(sendMessage, text("all hands", { mn: "all" }), ADMIN);

    expect(group.events.at(-1)?.mn).toBe("all");
    expect(() => group.run(sendMessage, text("hey", { mn: "all" }), ANN)).toThrow(
      refused("FORBIDDEN", { bit: "MENTION_ALL" }),
    );
  });
});

test("refuses strangers, the muted, a dissolved group, the official voice and other lanes", () => {
  const group = openGroup();
  const until = group.nowMs + 60_000;
  group.run(muteMember, { u: ANN, until }, OWNER);

  expect(() => group.run(sendMessage, text("hi"), STRANGER)).toThrow(refused("NOT_MEMBER"));
  expect(() => group.run(sendMessage, text("hi"), ANN)).toThrow(refused("MUTED", { until }));
  expect(() => group.run(sendMessage, text("hi"), OWNER, { lane: 1 })).toThrow(refused("UNSUPPORTED"));
  endGroup(group);
  expect(() => group.run(sendMessage, text("hi"), OWNER)).toThrow(refused("FROZEN"));
});

test("while all are muted only the owner and higher ranks speak", () => {
  const group = openGroup();
  const row = group.get(GROUPS, 500);
  if (row !== undefined) group.put(GROUPS, { ...row, muteAll: true });

  for (const u of [ANN, MODERATOR]) {
    expect(() => group.run(sendMessage, text("hi"), u)).toThrow(refused("MUTED", { until: 0 }));
  }
  for (const u of [ADMIN, OWNER]) group.run(sendMessage, text("hi"), u);
});
