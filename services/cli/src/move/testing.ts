import { JOURNAL_CHECKPOINT, TABLES } from "@guildhall/installation";
import { type MemoryJournalOptions, memoryJournal } from "@guildhall/journal/memory";
import type { JournalRecord } from "@guildhall/proto";
import { type Table, timestampOf, type Write } from "@guildhall/store";
import type { StoredRow } from "@guildhall/store/all-rows";
import { type MemoryStoreOptions, memoryStore } from "@guildhall/store/memory";
import { TIMELINE } from "@guildhall/timeline";
import { encodeRecord } from "@guildhall/wire";
import type { Side } from "../installation/side.ts";
import { type Ends, MOVES } from "./marker.ts";

export const PARTITIONS = 4;
/** Each partition's journal was cut before this position, ends at that one, and is stored up to here. */
export const [FIRST, LAST, STORED] = [11, 30, 25];
const EPOCH = 3;

/** A side in memory whose journal begins where `ends` say. */
export function memorySide(
  name: string,
  { ends, journal, store }: { ends?: Ends; journal?: MemoryJournalOptions; store?: MemoryStoreOptions } = {},
): Side {
  const begins = (p: number): number => ends?.[p]?.first ?? 1;
  const sides = {
    journal: memoryJournal({ ...journal, begins }),
    store: memoryStore([...TABLES, MOVES] as Table[], store),
  };
  return {
    name,
    ...sides,
    async [Symbol.asyncDispose]() {
      await sides.journal[Symbol.asyncDispose]();
      await sides.store[Symbol.asyncDispose]();
    },
  };
}

/** Where the journal of what `fill` writes begins and ends. */
export const FILLED: Ends = Array.from({ length: PARTITIONS }, () => ({ first: FIRST, last: LAST }));

/** Writes an installation: `lanes` timelines in some groups, people and claims, and a journal with a tail. */
export async function fill(side: Side, lanes = 12, seqs = 40): Promise<void> {
  for (let p = 0; p < PARTITIONS; p++) {
    for (let position = FIRST; position <= LAST; position++) {
      const record: JournalRecord = { p, ep: EPOCH, term: 5, stored: STORED, e: [] };
      await side.journal.append(p, position - 1, encodeRecord(record));
    }
  }
  const at = (position: number): number => timestampOf(EPOCH, position);
  const writes: Write[] = [];
  for (let lane = 0; lane < lanes; lane++) {
    const g = 1_000 + lane;
    for (let s = 1; s <= seqs; s++) {
      const b = s % 5 === 0 ? null : { t: `message ${s}`, x: [1, { y: "é" }] };
      const row = { at: s, u: 7, dev: "d", as: 0, k: "text", n: new Uint8Array([s]), h: null, m: s, b, why: "" };
      writes.push({ table: TIMELINE.name, key: [g, lane % 2, 1, s], row, timestamp: at(s % STORED) });
    }
    writes.push({ table: "timeline_buckets", key: [g, lane % 2, 1], row: { at: 5 }, timestamp: at(2) });
    writes.push({ table: "pins", key: [g, 0], row: { list: [[1, 2]] }, timestamp: at(3) });
  }
  writes.push({
    table: "persons",
    key: [7],
    row: { name: "ann", at: 1, state: "active", devices: [] },
    timestamp: at(1),
  });
  writes.push({ table: "claims", key: [9, "user", "ann"], row: { by: 7, at: 1, confirmed: true }, timestamp: at(1) });
  for (let p = 0; p < PARTITIONS; p++) {
    const row = { ep: EPOCH, pos: STORED, relay: STORED };
    writes.push({ table: JOURNAL_CHECKPOINT.name, key: [p], row, timestamp: at(STORED) });
  }
  for (let from = 0; from < writes.length; from += 500) await side.store.write(writes.slice(from, from + 500));
}

/** Everything on a side, rows in an order of their own, to be compared as a whole. */
export async function contentOf(side: Side, partitions = PARTITIONS) {
  const journal: unknown[] = [];
  for (let p = 0; p < partitions; p++) {
    const { first, last } = await side.journal.end(p);
    const records = await side.journal.read(p, first, last - first + 1);
    journal.push(records.map(({ position, data }) => [position, Buffer.from(data).toString("hex")]));
  }
  const rows: StoredRow[] = [];
  for (const table of TABLES) {
    for await (const page of side.store.rows(table)) rows.push(...page);
  }
  return { journal, rows: rows.map((row) => JSON.stringify(row)).sort() };
}
