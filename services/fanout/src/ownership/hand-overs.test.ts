import { memoryBus } from "@guildhall/bus/memory";
import type { HandOver } from "@guildhall/proto";
import { silentLog } from "@guildhall/telemetry/log";
import { encodeHandOver, handOverSubject } from "@guildhall/wire";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { HandOvers } from "./hand-overs.ts";

const HANDED: HandOver = {
  p: 1,
  ep: 1,
  term: 3,
  pos: 9,
  stored: 8,
  relayed: 7,
  lead: { ms: 0, sinceMs: 0 },
  groups: [],
  rows: [],
};

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** What is kept once all of `told` has come. */
async function heard(...told: readonly Uint8Array[]) {
  const bus = memoryBus((error) => {
    throw error;
  });
  const handOvers = new HandOvers(silentLog);
  await handOvers.listen(2, bus);
  for (const bytes of told) bus.publish(handOverSubject(HANDED.p), bytes);
  await new Promise((resolve) => setImmediate(resolve));
  return handOvers;
}

test("what an owner told is taken once, and by its partition", async () => {
  const handOvers = await heard(encodeHandOver(HANDED));

  expect(handOvers.take(0)).toBeUndefined();
  expect(handOvers.take(1)).toMatchObject(HANDED);
  expect(handOvers.take(1)).toBeUndefined();
});

test("of several the newest counts", async () => {
  const handOvers = await heard(encodeHandOver({ ...HANDED, pos: 4 }), encodeHandOver(HANDED));

  expect(handOvers.take(1)?.pos).toBe(9);
});

test("what nobody takes within five seconds is gone", async () => {
  const handOvers = await heard(encodeHandOver(HANDED));
  vi.advanceTimersByTime(5_000);

  expect(handOvers.take(1)).toBeUndefined();
});

test.each([
  ["bytes that are none", new Uint8Array([1, 2, 3])],
  ["a version that is not known", encodeHandOver({ ...HANDED, v: 2 } as HandOver)],
])("%s count as nothing told", async (_, bytes) => {
  const handOvers = await heard(bytes);

  expect(handOvers.take(1)).toBeUndefined();
});
