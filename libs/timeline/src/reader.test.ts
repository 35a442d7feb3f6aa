import { timestampOf, type Write } from "@guildhall/store";
import { memoryStore } from "@guildhall/store/memory";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { BUCKET_MIN_ENTRIES, RANGE_MAX, TIMELINE, TIMELINE_BUCKETS, timelineReader } from "./timeline.ts";

const G = 7;
const EMPTY = { g: G, l: 0, u: 1, dev: "", as: 0, k: "text", n: null, h: null, m: 0, pv: 0, pp: -1, bb: 0, b: {} };

/** A lane whose buckets have these many rows, the first at `at`, each following after `gaps` ms in turn. */
async function lane(sizes: readonly number[], { at = 1_000, gaps = [10] }: { at?: number; gaps?: number[] } = {}) {
  const store = memoryStore([TIMELINE as never, TIMELINE_BUCKETS as never]);
  const times = new Map<number, number>();
  const writes: Write[] = [];
  let s = 0;
  let atMs = at;
  for (const size of sizes) {
    const bk = s + 1;
    for (let i = 0; i < size; i++) {
      s++;
      const timestamp = timestampOf(1, s);
      if (i === 0)
        writes.push({ table: "timeline_buckets", key: [G, 0, bk], row: { g: G, l: 0, bk, at: atMs }, timestamp });
      const row = { ...EMPTY, bk, s, at: atMs, re: 0, mn: null, rev: 0, x: 0, edits: 0, why: "" };
      writes.push({ table: "timeline", key: [G, 0, bk, s], row, timestamp });
      times.set(s, atMs);
      atMs += gaps[s % gaps.length] ?? 1;
    }
  }
  await store.write(writes);
  const read = new Set<string>();
  let statements = 0;
  const scan: typeof store.scan = (table, partition, range) => {
    statements++;
    if (table.name === "timeline") read.add(partition.join("/"));
    return store.scan(table, partition, range);
  };
  return {
    reader: timelineReader({ scan }),
    times,
    last: s,
    /** Message partitions and statements of what `run` reads. */
    async cost(run: () => Promise<unknown>) {
      read.clear();
      statements = 0;
      await run();
      return { buckets: read.size, statements };
    },
  };
}

const seqs = (rows: readonly { s: number }[]) => rows.map(({ s }) => s);
const from = (a: number, z: number) => Array.from({ length: Math.max(0, z - a + 1) }, (_, i) => a + i);

describe("a range", () => {
  test("is whole across buckets, also more of them than one look into the index gives", async () => {
    const { reader } = await lane([5, 1, 1, ...Array<number>(30).fill(2), 40]);

    expect(seqs(await reader.range(G, 0, 3, 90))).toEqual(from(3, 90));
    expect(seqs(await reader.range(G, 0, 6, 6))).toEqual([6]);
    expect(seqs(await reader.range(G, 0, 100, 500))).toEqual(from(100, 107));
    expect(await reader.range(G, 0, 108, 500)).toEqual([]);
    expect(await reader.range(G, 0, 9, 8)).toEqual([]);
    expect(await reader.range(8, 0, 1, 100)).toEqual([]);
  });

  test("reads the buckets that have a part of it and no other, and the index once", async () => {
    const { reader, cost } = await lane([300, 300, 300]);

    expect(await cost(() => reader.range(G, 0, 400, 449))).toEqual({ buckets: 1, statements: 2 });
    expect(await cost(() => reader.range(G, 0, 280, 329))).toEqual({ buckets: 2, statements: 3 });
    expect(await cost(() => reader.range(G, 0, 301, 350))).toEqual({ buckets: 1, statements: 2 });
  });

  test("of a thousand rows and more in one bucket is whole; a wider one than that is a mistake", async () => {
    const { reader } = await lane([2_500]);

    expect(seqs(await reader.range(G, 0, 101, 100 + RANGE_MAX))).toEqual(from(101, 100 + RANGE_MAX));
    await expect(reader.range(G, 0, 1, RANGE_MAX + 1)).rejects.toThrow(RangeError);
  });
});

describe("a time", () => {
  test("before, between and after everything", async () => {
    const { reader } = await lane([3, 3]);

    expect(await reader.seqAt(G, 0, 0)).toBe(1);
    expect(await reader.seqAt(G, 0, 1_000)).toBe(1);
    expect(await reader.seqAt(G, 0, 1_001)).toBe(2);
    expect(await reader.seqAt(G, 0, 1_021)).toBe(4);
    expect(await reader.seqAt(G, 0, 1_050)).toBe(6);
    expect(await reader.seqAt(G, 0, 1_051)).toBe(7);
    expect(await reader.seqAt(8, 0, 1_000)).toBe(1);
  });

  test("is found in one bucket with few reads, however uneven the hours are", async () => {
    const quiet = 3_600_000;
    const gaps = Array.from({ length: 512 }, (_, i) => (i % 64 === 0 ? quiet : 50));
    const { reader, times, last, cost } = await lane(Array<number>(80).fill(BUCKET_MIN_ENTRIES), { gaps });

    for (let s = 5; s <= last; s += 397) {
      const atMs = times.get(s) ?? 0;
      let found = 0;
      const { buckets, statements } = await cost(async () => {
        found = await reader.seqAt(G, 0, atMs);
      });
      expect(found).toBe(s);
      expect(buckets).toBeLessThanOrEqual(1);
      expect(statements).toBeLessThanOrEqual(20);
    }
  });

  test("whatever the buckets and times, it is the first row at or after it", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 100 }),
        fc.array(fc.constantFrom(1, 2, 1_000, 86_400_000), { minLength: 1, maxLength: 9 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 20, maxLength: 20 }),
        async (sizes, gaps, shares) => {
          const { reader, times, last } = await lane(sizes, { gaps });
          const end = times.get(last) ?? 0;
          for (const share of shares) {
            const atMs = Math.floor(995 + share * (end + 10 - 995));
            const expected = [...times].find(([, at]) => at >= atMs)?.[0] ?? last + 1;
            expect(await reader.seqAt(G, 0, atMs)).toBe(expected);
          }
        },
      ),
      { numRuns: 30 },
    );
  });
});

test("the rows before a seq come across buckets, in rising order", async () => {
  const { reader } = await lane([4, 4, 4]);

  expect(seqs(await reader.before(G, 0, 10, 6))).toEqual(from(4, 9));
  expect(seqs(await reader.before(G, 0, 3, 6))).toEqual([1, 2]);
});
