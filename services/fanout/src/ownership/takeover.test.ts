import { memoryJournal } from "@guildhall/journal/memory";
import type { Entry, HandOver, Lead } from "@guildhall/proto";
import { decodeRecord, encodeRecord } from "@guildhall/wire";
import { expect, test } from "vitest";
import { newStore } from "../../test/bench.ts";
import { ENTRY } from "../../test/entry.ts";
import { appender } from "../commit/append.ts";
import { takeOver } from "./takeover.ts";

const COUNT = 1_500;
const TEXT = "x".repeat(1_000);
const MEMORY_BYTES = 100_000;

const message = (s: number): Entry => ({
  ...ENTRY,
  s,
  n: new Uint8Array(16),
  h: new Uint8Array(16),
  b: { t: `${TEXT}${s}` },
  w: [["rows", [1], { text: `row ${s}`, bytes: new Uint8Array(8) }]],
});

test("a tail beyond the bound comes whole, and only its newest records have their bodies", async () => {
  const journal = memoryJournal();
  for (let s = 1; s <= COUNT; s++) {
    await journal.append(0, s - 1, encodeRecord({ p: 0, ep: 1, term: 1, stored: 0, e: [message(s)] }));
  }
  const limits: number[] = [];
  const read: typeof journal.read = (p, from, limit) => {
    limits.push(limit);
    return journal.read(p, from, limit);
  };
  const append = appender(journal, 0);

  const { start, tail } = await takeOver(0, {
    journal: { ...journal, read },
    store: newStore(),
    append,
    backlogMemoryBytes: MEMORY_BYTES,
  });

  expect(start).toMatchObject({ term: 2, position: COUNT + 1, stored: 0 });
  expect(tail.map(({ position }) => position)).toEqual(Array.from({ length: COUNT }, (_, i) => i + 1));
  const held = tail.filter(({ gone }) => !gone);
  const bytes = held.reduce((sum, one) => sum + one.bytes, 0);
  expect(bytes).toBeLessThanOrEqual(MEMORY_BYTES);
  expect(bytes).toBeGreaterThan(MEMORY_BYTES * 0.95);
  expect(held[0]?.position).toBe(COUNT - held.length + 1);
  expect(held[0]?.record.e[0]?.b).toEqual({ t: `${TEXT}${held[0]?.position}` });
  const gone = tail[4]?.record.e[0];
  expect(gone).toEqual({ ...message(5), b: null });
  // Nothing of it keeps the record it was read from.
  const row = gone?.w[0]?.[2] as { readonly bytes: Uint8Array };
  expect([gone?.h, gone?.n, row.bytes].map((one) => one?.buffer.byteLength)).toEqual([16, 16, 8]);
  expect(Math.max(...limits)).toBeLessThanOrEqual(512);
});

test("of large records fewer are read at once", async () => {
  const journal = memoryJournal();
  const large = { ...message(1), b: { t: "x".repeat(200_000) } };
  for (let s = 1; s <= 200; s++) {
    await journal.append(0, s - 1, encodeRecord({ p: 0, ep: 1, term: 1, stored: 0, e: [large] }));
  }
  const limits: number[] = [];
  const read: typeof journal.read = (p, from, limit) => {
    limits.push(limit);
    return journal.read(p, from, limit);
  };

  const { tail } = await takeOver(0, {
    journal: { ...journal, read },
    store: newStore(),
    append: appender(journal, 0),
    backlogMemoryBytes: MEMORY_BYTES,
  });

  expect(tail).toHaveLength(200);
  // A first page, the newest record by itself where that did not bring it, then pages by size.
  expect(limits.slice(0, 3)).toEqual([128, 1, 20]);
});

test.each<[string, Lead | undefined]>([
  ["say how far nonces are ahead: the term record goes on with it", { ms: 40, sinceMs: 1_800_000_000_000 }],
  ["are of a version that does not say how far nonces are ahead: nothing is known of it", undefined],
])("records that %s", async (_, lead) => {
  const journal = memoryJournal();
  const record = { p: 0, ep: 1, term: 1, stored: 0, e: [message(1)], ...(lead === undefined ? {} : { lead }) };
  await journal.append(0, 0, encodeRecord(record));

  const { start } = await takeOver(0, {
    journal,
    store: newStore(),
    append: appender(journal, 0),
    backlogMemoryBytes: MEMORY_BYTES,
  });

  expect(start.lead).toEqual(lead);
  const [own] = await journal.read(0, 2, 1);
  expect(decodeRecord(own?.data ?? new Uint8Array()).lead).toEqual(lead);
});

const HANDED: HandOver = {
  p: 0,
  ep: 1,
  term: 1,
  pos: 3,
  stored: 1,
  relayed: 1,
  lead: { ms: 40, sinceMs: 1_800_000_000_000 },
  groups: [],
  rows: [],
};

test.each<[string, HandOver, boolean]>([
  ["is what the journal ends in", HANDED, true],
  ["is late: more came since", { ...HANDED, pos: 2 }, false],
  ["is of another term than the newest record", { ...HANDED, term: 7 }, false],
])("a hand-over that %s", async (_, handed, counts) => {
  const journal = memoryJournal();
  for (let s = 1; s <= HANDED.pos; s++) {
    await journal.append(0, s - 1, encodeRecord({ p: 0, ep: 1, term: 1, stored: 0, e: [message(s)] }));
  }
  const ports = { journal, store: newStore(), append: appender(journal, 0), backlogMemoryBytes: MEMORY_BYTES };

  const takeover = await takeOver(0, ports, undefined, handed);

  expect(takeover.handed).toBe(counts ? handed : undefined);
  expect(takeover.tail.slice(0, 3).map(({ position }) => position)).toEqual(counts ? [2, 3] : [1, 2, 3]);
  expect(takeover.start.position).toBe((await journal.end(0)).last);
  if (counts) expect(takeover.start).toEqual({ p: 0, ep: 1, term: 2, position: 4, stored: 1, lead: HANDED.lead });
});
