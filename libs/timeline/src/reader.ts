import type { Store } from "@guildhall/store";
import { bucketAt, firstAt } from "./by-date.ts";
import { type BucketRow, TIMELINE, TIMELINE_BUCKETS, type TimelineRow } from "./tables.ts";

/** The widest range read at once. */
export const RANGE_MAX = 2_000;
/** Buckets looked up at once: more than a range has, unless they are from a time when smaller ones were closed. */
const BUCKETS_PAGE = 16;
/** Rows of one bucket read at once. */
const ROWS_PAGE = 1_000;

/** Reads a lane's stored rows, across buckets. Rows come in rising order of seq. */
export interface TimelineReader {
  /** Stored rows with a ≤ seq ≤ z: one look into the index, and each bucket that has some. @throws RangeError for more than RANGE_MAX. */
  range(g: number, l: number, a: number, z: number): Promise<TimelineRow[]>;
  /** The last `limit` stored rows with seq < `s`. */
  before(g: number, l: number, s: number, limit: number): Promise<TimelineRow[]>;
  /** Seq of the first stored row with `at` ≥ `atMs`; past the last stored row if there is none, 1 in an empty lane. Reads one bucket at most. */
  seqAt(g: number, l: number, atMs: number): Promise<number>;
  /** The bucket that holds `s`, if one has been stored. */
  bucketOf(g: number, l: number, s: number): Promise<BucketRow | undefined>;
  /** The lane's newest bucket and row. */
  last(g: number, l: number): Promise<{ bucket: BucketRow; row: TimelineRow } | undefined>;
}

/** The part of a store that reading needs. */
export type TimelineRows = Pick<Store, "scan">;

export function timelineReader(store: TimelineRows): TimelineReader {
  const bucketOf = async (g: number, l: number, s: number) =>
    (await store.scan(TIMELINE_BUCKETS, [g, l], { to: s, reverse: true, limit: 1 }))[0];

  /** Rows `a` to `z` of one bucket. */
  async function part(g: number, l: number, bk: number, a: number, z: number): Promise<TimelineRow[]> {
    const rows: TimelineRow[] = [];
    for (let from = a; from <= z; ) {
      const page = await store.scan(TIMELINE, [g, l, bk], { from, to: z, limit: ROWS_PAGE });
      rows.push(...page);
      if (page.length < ROWS_PAGE) break;
      from = (page.at(-1)?.s ?? z) + 1;
    }
    return rows;
  }

  async function range(g: number, l: number, a: number, z: number): Promise<TimelineRow[]> {
    if (z - a >= RANGE_MAX) throw new RangeError(`range of ${z - a + 1} seqs`);
    const parts: Promise<TimelineRow[]>[] = [];
    for (let below = z; below >= a; ) {
      const buckets = await store.scan(TIMELINE_BUCKETS, [g, l], { to: below, reverse: true, limit: BUCKETS_PAGE });
      for (const { bk } of buckets) {
        if (below < a) break;
        parts.push(part(g, l, bk, Math.max(a, bk), below));
        below = bk - 1;
      }
      if (buckets.length < BUCKETS_PAGE) break;
    }
    return (await Promise.all(parts.reverse())).flat();
  }

  async function before(g: number, l: number, s: number, limit: number): Promise<TimelineRow[]> {
    const rows: TimelineRow[] = [];
    for (let below = s; rows.length < limit && below > 1; ) {
      const bucket = await bucketOf(g, l, below - 1);
      if (bucket === undefined) break;
      rows.push(
        ...(await store.scan(TIMELINE, [g, l, bucket.bk], {
          to: below - 1,
          reverse: true,
          limit: limit - rows.length,
        })),
      );
      below = bucket.bk;
    }
    return rows.reverse();
  }

  async function last(g: number, l: number) {
    // A bucket's own row may be stored just before its first entry, so the newest may still be empty.
    for (const bucket of await store.scan(TIMELINE_BUCKETS, [g, l], { reverse: true, limit: 2 })) {
      const row = (await store.scan(TIMELINE, [g, l, bucket.bk], { reverse: true, limit: 1 }))[0];
      if (row !== undefined) return { bucket, row };
    }
    return undefined;
  }

  async function seqAt(g: number, l: number, atMs: number): Promise<number> {
    const { bucket, next } = await bucketAt(store, g, l, atMs);
    // The first row of a bucket has its time, so one that begins at or after `atMs` need not be read.
    if (bucket === undefined) return next?.bk ?? 1;
    return bucket.at >= atMs ? bucket.bk : firstAt(store, bucket, next, atMs);
  }

  return { range, before, seqAt, bucketOf, last };
}
