import { JOURNAL_CHECKPOINT } from "@guildhall/installation";
import type { Journal } from "@guildhall/journal";
import { memoryJournal } from "@guildhall/journal/memory";
import { AppError } from "@guildhall/kernel";
import type { Entry } from "@guildhall/proto";
import type { Store } from "@guildhall/store";
import { silentLog } from "@guildhall/telemetry/log";
import { encodeRecord } from "@guildhall/wire";
import { expect, onTestFinished, test, vi } from "vitest";
import { newStore } from "../../test/bench.ts";
import { ENTRY } from "../../test/entry.ts";
import { NONCES_KEPT } from "../commit/nonces.ts";
import { UNSTORED_MAX_ENTRIES, UNSTORED_ROWS_MAX_BYTES } from "./backlog.ts";
import { Persist } from "./persist.ts";
import { Turns } from "./turns.ts";

const RECORD_BYTES = 1_000;
const MEMORY_BYTES = 10 * RECORD_BYTES;

const message = (s: number): Entry => ({ ...ENTRY, s, at: s, bk: 1, b: { t: `m${s}` } });
const range = (a: number, z: number) => Array.from({ length: z - a + 1 }, (_, i) => a + i);

/** A store that may be away, and each of its checkpoints. */
function lane() {
  const state = { away: true, writes: 0 };
  const store = newStore({
    before: (call) => {
      if (call !== "write") return;
      state.writes++;
      if (state.away) throw new AppError("UNAVAILABLE", "test");
    },
  });
  return { state, store };
}

function persistTo(store: Store, journal: Pick<Journal, "read">, clock = { nowMs: () => 0 }, gatherMs = 1) {
  const stored: number[] = [];
  const gone: number[] = [];
  const counts = { reread: 0, heldMax: 0 };
  const persist = new Persist(0, 1, 0, {
    store,
    memoryMaxBytes: MEMORY_BYTES,
    journal,
    rereads: new Turns(),
    clock,
    log: silentLog,
    gatherMs,
    relayed: () => 0,
    onStored: ({ entries }) => void stored.push(...entries.map(({ s }) => s)),
    onGone: ({ entries }) => void gone.push(...entries.map(({ s }) => s)),
    onReread: (records) => {
      counts.reread += records;
    },
  });
  onTestFinished(() => persist[Symbol.asyncDispose]());
  return { persist, stored, gone, counts };
}

/** Appends messages and hands them to `persist`, as an owner does; `from` is also the position of the first. */
async function say(journal: Journal, persist: Persist, from: number, to: number): Promise<void> {
  for (const s of range(from, to)) {
    await journal.append(0, s - 1, encodeRecord({ p: 0, ep: 1, term: 1, stored: 0, e: [message(s)] }));
    persist.add(s, [message(s)], RECORD_BYTES);
  }
}

test("beyond the bound the oldest bodies leave, and are read again and stored in order", async () => {
  const { state, store } = lane();
  const journal = memoryJournal();
  const { persist, stored, gone, counts } = persistTo(store, journal);

  await say(journal, persist, 1, 3);
  await vi.waitFor(() => expect(state.writes).toBeGreaterThan(0));
  await say(journal, persist, 4, 60);

  expect(gone).toEqual(range(gone[0] ?? 0, gone.at(-1) ?? 0));
  expect(gone.length).toBeGreaterThan(40);
  expect(persist.backlogBytes).toBe(60 * RECORD_BYTES);
  expect(persist.goneBytes).toBe(gone.length * RECORD_BYTES);
  expect(persist.oldestAtMs).toBe(1);
  expect(persist.stored).toBe(0);
  state.away = false;
  await vi.waitFor(() => expect(persist.stored).toBe(60), { timeout: 5_000 });
  expect(stored).toEqual(range(1, 60));
  expect(counts.reread).toBe(gone.length);
  expect([persist.backlogBytes, persist.goneBytes, persist.oldestAtMs]).toEqual([0, 0, undefined]);
  expect((await store.get(JOURNAL_CHECKPOINT, [0]))?.pos).toBe(60);
});

test("what comes while it is read again is stored after it", async () => {
  const { state, store } = lane();
  const journal = memoryJournal();
  const { persist, stored } = persistTo(store, journal);
  await say(journal, persist, 1, 40);

  state.away = false;
  await vi.waitFor(() => expect(persist.stored).toBeGreaterThan(0), { timeout: 5_000, interval: 1 });
  await say(journal, persist, 41, 90);

  await vi.waitFor(() => expect(persist.stored).toBe(90), { timeout: 5_000 });
  expect(stored).toEqual(range(1, 90));
});

test("what is read again waits for no turn, nor does what comes right behind it", async () => {
  const { state, store } = lane();
  state.away = false;
  const journal = memoryJournal();
  const { persist, counts } = persistTo(store, journal, undefined, 60_000);

  await say(journal, persist, 1, 40);

  await vi.waitFor(() => expect(persist.stored).toBe(40), { timeout: 5_000 });
  expect(counts.reread).toBeGreaterThan(20);
});

test("a journal that does not answer, or brings too little, is asked again, and the checkpoint waits", async () => {
  const { state, store } = lane();
  const journal = memoryJournal();
  const answers = [
    () => Promise.reject(new AppError("UNAVAILABLE", "test")),
    async (_: number, from: number, limit: number) => (await journal.read(0, from, limit)).slice(1),
  ];
  const positions: number[] = [];
  const read: Journal["read"] = (p, from, limit) => {
    positions.push(from, persist.stored);
    return (answers.shift() ?? journal.read)(p, from, limit);
  };
  const { persist, stored } = persistTo(store, { read });
  await say(journal, persist, 1, 40);

  state.away = false;
  await vi.waitFor(() => expect(persist.stored).toBe(40), { timeout: 5_000 });

  expect(stored).toEqual(range(1, 40));
  const [from = 0, before] = positions;
  expect(positions.slice(0, 6)).toEqual([from, before, from, before, from, before]);
  expect(before).toBe(from - 1);
});

test("what has left memory is not read while closing: the next owner has it", async () => {
  const { state, store } = lane();
  const journal = memoryJournal();
  const { persist, counts } = persistTo(store, journal);
  await say(journal, persist, 1, 40);
  await vi.waitFor(() => expect(state.writes).toBeGreaterThan(1));
  const before = counts.reread;
  state.away = false;

  await persist[Symbol.asyncDispose]();

  expect(counts.reread).toBe(before);
  expect(persist.stored).toBeLessThan(40);
  expect((await store.get(JOURNAL_CHECKPOINT, [0]))?.pos ?? 0).toBe(persist.stored);
});

test("records without bodies from the start are read again", async () => {
  const { state, store } = lane();
  state.away = false;
  const journal = memoryJournal();
  const { persist, stored, counts } = persistTo(store, journal);
  for (const s of range(1, 20)) {
    await journal.append(0, s - 1, encodeRecord({ p: 0, ep: 1, term: 1, stored: 0, e: [message(s)] }));
  }

  // The record that began the term is between them.
  for (const s of range(1, 9)) persist.addGone(s, [{ ...message(s), b: null }], RECORD_BYTES);
  for (const s of range(11, 20)) persist.addGone(s, [{ ...message(s), b: null }], RECORD_BYTES);

  await vi.waitFor(() => expect(persist.stored).toBe(20), { timeout: 5_000 });
  expect(stored).toEqual([...range(1, 9), ...range(11, 20)]);
  expect(counts.reread).toBe(19);
});

test("commands are refused when too many nonces or too many rows wait, until the store takes them", async () => {
  const { state, store } = lane();
  const { persist } = persistTo(store, memoryJournal());
  const rows = persistTo(store, memoryJournal()).persist;
  const large = { ...message(1), w: [["t", [1], { b: "x".repeat(UNSTORED_ROWS_MAX_BYTES / 4) }]] } as Entry;
  // Stored as it is: these entries have no row.
  const many = Array.from({ length: UNSTORED_MAX_ENTRIES - 1 }, () => ({ ...ENTRY }));

  persist.add(1, many, 1);
  for (const position of range(1, 3)) rows.add(position, [large], 1);
  expect([persist.behind, rows.behind]).toEqual([false, false]);
  persist.add(2, [{ ...ENTRY }], 1);
  rows.add(4, [large], 1);

  expect([persist.behind, rows.behind]).toEqual([true, true]);
  state.away = false;
  await vi.waitFor(() => expect(persist.behind).toBe(false), { timeout: 5_000 });
});

test("commands are refused while the oldest entry has waited for more than a day", async () => {
  const { state, store } = lane();
  const clock = { nowMs: () => 5 + 86_400_000 };
  const { persist } = persistTo(store, memoryJournal(), clock);

  persist.add(1, [message(5)], RECORD_BYTES);
  const before = persist.behind;
  clock.nowMs = () => 6 + 86_400_000;
  const after = persist.behind;
  state.away = false;
  await vi.waitFor(() => expect(persist.behind).toBe(false), { timeout: 5_000 });

  expect([before, after]).toEqual([false, true]);
});

test("no nonce is forgotten before it is stored, whatever gathers while the bound is reached", () => {
  // Two records of the smallest commands may be decided beyond it.
  expect(UNSTORED_MAX_ENTRIES + (2 * 512 * 1024) / 200).toBeLessThan(NONCES_KEPT);
});
