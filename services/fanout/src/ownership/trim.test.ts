import { memoryJournal } from "@guildhall/journal/memory";
import { timelineReader } from "@guildhall/timeline";
import { expect, onTestFinished, test } from "vitest";
import { newGroup, newStore, say, startBench } from "../../test/bench.ts";
import { trimJournal } from "./trim.ts";

const DAY_MS = 86_400_000;
const KEEP = { keepMs: DAY_MS, keepBytes: 2 ** 30 };

test("what is old or too much is cut, never what is not stored, and whoever takes over goes on", async () => {
  const journal = memoryJournal();
  const store = newStore();
  const before = await startBench(journal, store);
  const { g, u } = await newGroup(before, 0);
  for (let i = 0; i < 20; i++) await before.owner.command(say(g, u, `m${i}`));
  await before[Symbol.asyncDispose]();
  const { last } = await journal.end(0);

  // The first record says only who owns, and goes with its neighbours.
  expect(await trimJournal(0, journal, store, last, Date.now(), KEEP)).toBe(2);
  expect(await trimJournal(0, journal, store, 5, Date.now() + 2 * DAY_MS, KEEP)).toBe(5);
  expect(await trimJournal(0, journal, store, 9, Date.now(), { ...KEEP, keepBytes: 1 })).toBe(9);
  expect(await journal.end(0)).toEqual({ first: 9, last });
  expect(await trimJournal(0, journal, store, last, Date.now() + 2 * DAY_MS, KEEP)).toBe(last);

  const bench = await startBench(journal, store);
  onTestFinished(() => bench[Symbol.asyncDispose]());
  expect(await bench.owner.command(say(g, u, "after the cut"))).toMatchObject({ s: 22, ep: 1 });
  expect(await bench.owner.open(g, 0)).toMatchObject({ s: 22, ep: 1 });
  expect((await timelineReader(store).range(g, 0, 1, 21)).map(({ s }) => s)).toEqual(
    Array.from({ length: 21 }, (_, i) => i + 1),
  );
});
