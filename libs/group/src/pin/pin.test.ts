import { LIMITS } from "@guildhall/proto/tables";
import type { MemoryEntity } from "@guildhall/testkit/memory-entity";
import { expect, test } from "vitest";
import { ADMIN, ANN, BOB, MODERATOR, OWNER, openGroup, STRANGER } from "../../test/group-bench.ts";
import { deleteMessage } from "../message/delete-message.ts";
import { recallMessage } from "../message/recall-message.ts";
import { sendMessage } from "../message/send-message.ts";
import { listPins } from "./list-pins.ts";
import { pinMessage } from "./pin-message.ts";
import { unpinMessage } from "./unpin-message.ts";

const refused = (code: string, d?: unknown) => expect.objectContaining({ code, d });

/** Says something as ANN; the seq of it. */
function say(group: MemoryEntity): number {
  group.run(sendMessage, { k: "text", b: { t: "hi" } }, ANN);
  return group.events.length;
}

async function pinned(group: MemoryEntity): Promise<number[]> {
  const { pins } = (await group.ask(listPins, { g: 500 })) as { pins: { s: number }[] };
  return pins.map(({ s }) => s);
}

test("messages are pinned in order, by whom and when, and unpinned by another", async () => {
  const group = openGroup();
  const [one, two] = [say(group), say(group)];
  expect(await pinned(group)).toEqual([]);

  group.run(pinMessage, { s: two }, ADMIN);
  const { at } = group.events.at(-1) ?? {};
  expect(group.events.at(-1)).toMatchObject({ k: "msg.pin", u: ADMIN, b: { s: two }, m: 2, pp: -1 });
  group.run(pinMessage, { s: one }, OWNER);

  expect(await pinned(group)).toEqual([two, one]);
  expect(await group.ask(listPins, { g: 500 })).toMatchObject({ pins: [{ s: two, by: ADMIN, at }, { by: OWNER }] });
  expect(() => group.run(pinMessage, { s: two }, OWNER)).toThrow(refused("ALREADY"));
  group.run(unpinMessage, { s: two }, OWNER);
  expect(group.events.at(-1)).toMatchObject({ k: "msg.unpin", b: { s: two } });
  expect(await pinned(group)).toEqual([one]);
  expect(() => group.run(unpinMessage, { s: two }, OWNER)).toThrow(refused("ALREADY"));
});

test("the last place is taken, the next refused", () => {
  const group = openGroup();
  for (let n = 0; n < LIMITS.pinsPerGroupMax; n++) group.run(pinMessage, { s: say(group) }, OWNER);
  const s = say(group);

  expect(() => group.run(pinMessage, { s }, OWNER)).toThrow(refused("QUOTA"));
  group.run(unpinMessage, { s: s - 2 }, OWNER);
  group.run(pinMessage, { s }, OWNER);
});

test.each([
  ["taken back", (group: MemoryEntity, s: number) => group.run(recallMessage, { s }, ANN)],
  ["deleted", (group: MemoryEntity, s: number) => group.run(deleteMessage, { s }, MODERATOR)],
])("a message that is %s is unpinned in the same commit, and cannot be pinned", async (_, remove) => {
  const group = openGroup();
  const [one, two] = [say(group), say(group)];
  for (const s of [one, two]) group.run(pinMessage, { s }, ADMIN);
  const shown = group.events.length;

  remove(group, one);

  expect(await pinned(group)).toEqual([two]);
  expect(group.events).toHaveLength(shown + 1);
  expect(() => group.run(pinMessage, { s: one }, ADMIN)).toThrow(refused("NOT_FOUND"));
});

test("refuses without the bit, strangers, and what is no message", () => {
  const group = openGroup();
  const s = say(group);

  expect(() => group.run(pinMessage, { s }, BOB)).toThrow(refused("FORBIDDEN", { bit: "PIN_MESSAGE" }));
  expect(() => group.run(unpinMessage, { s }, MODERATOR)).toThrow(refused("FORBIDDEN", { bit: "PIN_MESSAGE" }));
  expect(() => group.run(pinMessage, { s }, STRANGER)).toThrow(refused("NOT_MEMBER"));
  expect(() => group.run(pinMessage, { s: 1 }, OWNER)).toThrow(refused("NOT_FOUND"));
});
