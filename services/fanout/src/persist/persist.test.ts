import { memoryJournal } from "@guildhall/journal/memory";
import { AppError } from "@guildhall/kernel";
import type { Entry } from "@guildhall/proto";
import type { Store } from "@guildhall/store";
import { silentLog } from "@guildhall/telemetry/log";
import { expect, onTestFinished, test, vi } from "vitest";
import { newStore } from "../../test/bench.ts";
import { ENTRY } from "../../test/entry.ts";
import { Persist } from "./persist.ts";
import { Turns } from "./turns.ts";

const entry = (at: number): Entry => ({ ...ENTRY, at });

function persistTo(store: Store, gatherMs = 100): Persist {
  const persist = new Persist(0, 1, 0, {
    store,
    memoryMaxBytes: 2 ** 24,
    journal: memoryJournal(),
    rereads: new Turns(),
    clock: { nowMs: () => 0 },
    log: silentLog,
    gatherMs,
    relayed: () => 0,
    onStored: () => {},
    onGone: () => {},
    onReread: () => {},
  });
  onTestFinished(() => persist[Symbol.asyncDispose]());
  return persist;
}

test("the oldest entry is one that the store does not have, until it has it", async () => {
  const persist = persistTo(newStore());

  persist.add(1, [entry(100)], 10);
  persist.add(2, [entry(200)], 10);
  const before = persist.oldestAtMs;
  await vi.waitFor(() => expect(persist.stored).toBe(2));

  expect(before).toBe(100);
  expect(persist.oldestAtMs).toBeUndefined();
});

test("an entry is not stored while its write is under way or has failed", async () => {
  const seen: (number | undefined)[] = [];
  const look = (): void => void seen.push(persist.oldestAtMs);
  const before = (call: string): void => {
    if (call === "write") look();
    if (call === "write" && seen.length === 1) throw new AppError("UNAVAILABLE", "test");
  };
  const persist = persistTo(newStore({ before }));

  persist.add(1, [entry(100)], 10);
  await vi.waitFor(() => expect(seen).toHaveLength(1));
  look();
  await vi.waitFor(() => expect(persist.stored).toBe(1));

  expect(seen).toEqual([100, 100, 100]);
  expect(persist.oldestAtMs).toBeUndefined();
});

test("a record that only proves who owns is never the oldest entry", () => {
  const persist = persistTo(newStore());

  persist.add(1, [], 10);

  expect(persist.oldestAtMs).toBeUndefined();
});

/** Counts writes. */
function counting(): { readonly store: Store; readonly writes: () => number } {
  let writes = 0;
  const before = (call: string): void => void (call === "write" && writes++);
  return { store: newStore({ before }), writes: () => writes };
}

test("records gather for one write, and closing waits for none", async () => {
  const { store, writes } = counting();
  const persist = persistTo(store, 60_000);

  for (let position = 1; position <= 50; position++) persist.add(position, [entry(position)], 10);
  await new Promise((resolve) => setTimeout(resolve, 20));
  const before = writes();
  await persist[Symbol.asyncDispose]();

  expect([before, writes(), persist.stored]).toEqual([0, 1, 50]);
});

test("a full write does not wait for its turn", async () => {
  const { store, writes } = counting();
  const persist = persistTo(store, 60_000);

  for (let position = 1; position <= 5; position++) persist.add(position, [entry(position)], 1024 * 1024);
  await vi.waitFor(() => expect(persist.stored).toBe(4));

  expect(writes()).toBe(2);
});
