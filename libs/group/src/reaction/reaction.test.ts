import { LIMITS } from "@guildhall/proto/tables";
import type { MemoryEntity } from "@guildhall/testkit/memory-entity";
import { describe, expect, test } from "vitest";
import { ADMIN, ANN, BOB, MODERATOR, OWNER, openGroup, STRANGER } from "../../test/group-bench.ts";
import { muteMember } from "../membership/mute-member.ts";
import { deleteMessage } from "../message/delete-message.ts";
import { recallMessage } from "../message/recall-message.ts";
import { sendMessage } from "../message/send-message.ts";
import { isEmoji } from "./emoji.ts";
import { getReactions } from "./get-reactions.ts";
import { pageReactions } from "./page-reactions.ts";
import { reactMessage } from "./react-message.ts";
import { REACTIONS } from "./tables.ts";

const THUMB = "\u{1f44d}";
const PARTY = "\u{1f389}";
const refused = (code: string, d?: unknown) => expect.objectContaining({ code, d });

/** A group with a message of ANN at the seq returned. */
function withMessage(): { group: MemoryEntity; s: number } {
  const group = openGroup();
  group.run(sendMessage, { k: "text", b: { t: "hi" } }, ANN);
  return { group, s: group.events.length };
}

describe("what is one emoji", () => {
  test.each([
    ["a pictograph", THUMB],
    ["one with a skin tone", "\u{1f44d}\u{1f3fd}"],
    ["a heart with its presentation", "\u2764\ufe0f"],
    ["a family joined of four", "\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}"],
    ["a flag", "\u{1f1f3}\u{1f1f4}"],
    ["the flag of a part of a country", "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}"],
    ["the rainbow flag", "\u{1f3f3}\ufe0f\u200d\u{1f308}"],
    ["a keycap", "1\ufe0f\u20e3"],
  ])("%s is", (_, text) => {
    expect(isEmoji(text)).toBe(true);
  });

  test.each([
    ["nothing", ""],
    ["a letter", "a"],
    ["a digit", "1"],
    ["two of them", THUMB + PARTY],
    ["one and a space", `${THUMB} `],
    ["half a flag", "\u{1f1f3}"],
    ["a joiner without a second", `${THUMB}\u200d`],
    ["tags without an end", "\u{1f3f4}\u{e0067}"],
    ["a skin tone alone is a picture, but one after text", "x\u{1f3fd}"],
    ["markup", "<b>"],
  ])("%s is not", (_, text) => {
    expect(isEmoji(text)).toBe(false);
  });
});

describe("msg.react", () => {
  test("is counted once a person and emoji, in the order they came, and shown as no message", async () => {
    const { group, s } = withMessage();

    group.run(reactMessage, { s, r: THUMB, on: true }, BOB);
    group.run(reactMessage, { s, r: PARTY, on: true }, BOB);
    group.run(reactMessage, { s, r: THUMB, on: true }, ANN);

    expect(group.events.at(-1)).toMatchObject({ k: "msg.react", u: ANN, b: { s, r: THUMB, on: true }, m: 1, pp: -1 });
    expect(await group.ask(getReactions, { g: 500, s }, ANN)).toEqual({
      counts: [
        [THUMB, 2],
        [PARTY, 1],
      ],
      own: [THUMB],
      people: [
        { u: ANN, r: [THUMB] },
        { u: BOB, r: [THUMB, PARTY] },
      ],
      more: false,
    });
    expect(() => group.run(reactMessage, { s, r: THUMB, on: true }, ANN)).toThrow(refused("ALREADY"));
  });

  test("is taken back, and the last one leaves nothing", () => {
    const { group, s } = withMessage();
    group.run(reactMessage, { s, r: THUMB, on: true }, BOB);

    expect(() => group.run(reactMessage, { s, r: THUMB, on: false }, ANN)).toThrow(refused("ALREADY"));
    group.run(reactMessage, { s, r: THUMB, on: false }, BOB);

    expect(group.events.at(-1)).toMatchObject({ k: "msg.react", b: { s, r: THUMB, on: false } });
    expect(group.all(REACTIONS)).toEqual([]);
    group.run(reactMessage, { s, r: THUMB, on: true }, BOB);
    expect(group.all(REACTIONS)).toMatchObject([{ s, counts: [[THUMB, 1]] }]);
  });

  test("the last kind is taken, the next refused, another of a known kind is not", () => {
    const { group, s } = withMessage();
    const emoji = (n: number) => String.fromCodePoint(0x1f600 + n);
    for (let n = 0; n < LIMITS.reactionKindsMax; n++) group.run(reactMessage, { s, r: emoji(n), on: true }, BOB);

    expect(() => group.run(reactMessage, { s, r: THUMB, on: true }, ANN)).toThrow(refused("QUOTA"));
    group.run(reactMessage, { s, r: emoji(0), on: true }, ANN);
  });

  test("refuses what is no emoji, no message, strangers and the muted", () => {
    const { group, s } = withMessage();
    const until = group.nowMs + 60_000;
    group.run(muteMember, { u: BOB, until }, ADMIN);

    expect(() => group.run(reactMessage, { s, r: "ok", on: true }, ANN)).toThrow(refused("BAD_ARGS", { path: "/r" }));
    expect(() => group.run(reactMessage, { s: 1, r: THUMB, on: true }, ANN)).toThrow(refused("NOT_FOUND"));
    expect(() => group.run(reactMessage, { s: 999, r: THUMB, on: true }, ANN)).toThrow(refused("NOT_FOUND"));
    expect(() => group.run(reactMessage, { s, r: THUMB, on: true }, STRANGER)).toThrow(refused("NOT_MEMBER"));
    expect(() => group.run(reactMessage, { s, r: THUMB, on: true }, BOB)).toThrow(refused("MUTED", { until }));
  });

  test.each([
    ["recalled", (group: MemoryEntity, s: number) => group.run(recallMessage, { s }, ANN)],
    ["deleted", (group: MemoryEntity, s: number) => group.run(deleteMessage, { s }, MODERATOR)],
  ])("goes with a message that is %s, and none comes after", async (_, remove) => {
    const { group, s } = withMessage();
    group.run(reactMessage, { s, r: THUMB, on: true }, BOB);

    remove(group, s);

    expect(await group.ask(getReactions, { g: 500, s }, BOB)).toEqual({ counts: [], own: [], people: [], more: false });
    expect(await group.ask(pageReactions, { g: 500, a: 1, z: 100 })).toEqual({ messages: [] });
    expect(() => group.run(reactMessage, { s, r: THUMB, on: true }, OWNER)).toThrow(refused("NOT_FOUND"));
  });
});

describe("reading reactions", () => {
  test("who reacted comes in pages by rising id", async () => {
    const { group, s } = withMessage();
    for (const u of [OWNER, ADMIN, ANN, BOB]) group.run(reactMessage, { s, r: THUMB, on: true }, u);
    const page = (after?: number) => group.ask(getReactions, { g: 500, s, lim: 3, ...(after ? { after } : {}) });

    expect(await page()).toMatchObject({ people: [{ u: OWNER }, { u: ADMIN }, { u: ANN }], more: true });
    expect(await page(ANN)).toMatchObject({ people: [{ u: BOB }], more: false });
  });

  test("counts come for a page of history, also over two sections", async () => {
    const group = openGroup();
    const put = (s: number, sec: number) => group.put(REACTIONS, { g: 500, l: 0, sec, s, counts: [[THUMB, 1]] });
    for (const [s, sec] of [
      [4_090, 0],
      [4_095, 0],
      [4_096, 1],
      [4_190, 1],
    ] as const)
      put(s, sec);

    expect(await group.ask(pageReactions, { g: 500, a: 4_091, z: 4_190 })).toEqual({
      messages: [4_095, 4_096, 4_190].map((s) => ({ s, counts: [[THUMB, 1]] })),
    });
    await expect(group.ask(pageReactions, { g: 500, a: 1, z: 101 })).rejects.toEqual(
      refused("BAD_ARGS", { path: "/z" }),
    );
    await expect(group.ask(pageReactions, { g: 500, a: 2, z: 1 })).rejects.toEqual(refused("BAD_ARGS", { path: "/z" }));
  });
});
