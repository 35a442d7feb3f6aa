import type { Store } from "@guildhall/store";
import { type BucketRow, TIMELINE, TIMELINE_BUCKETS, type TimelineRow } from "./tables.ts";

/** The widest range read at once. */
export const RANGE_MAX = 2_000;

/** Reads a lane's stored rows, across buckets. Rows come in rising order of seq. */
export interface TimelineReader {
  /** Stored rows with a ≤ seq ≤ z. @throws RangeError for more than RANGE_MAX. */
  range(g: number, l: number, a: number, z: number): Promise<TimelineRow[]>;
  /** The last `limit` stored rows with seq < `s`. */
  before(g: number, l: number, s: number, limit: number): Promise<TimelineRow[]>;
  /** Seq of the first stored row with `at` ≥ `atMs`; past the last stored row if there is none, 1 in an empty lane. */
  seqAt(g: number, l: number, atMs: number): Promise<number>;
  /** The bucket that holds `s`, if one has been stored. */
  bucketOf(g: number, l: number, s: number): Promise<BucketRow | undefined>;
  /** The lane's newest bucket and row. */
  last(g: number, l: number): Promise<{ bucket: BucketRow; row: TimelineRow } | undefined>;
}

/** The part of a store that reading needs. */
type Rows = Pick<Store, "get" | "scan">;

export function timelineReader(store: Rows): TimelineReader {
  const bucketOf = async (g: number, l: number, s: number) =>
    (await store.scan(TIMELINE_BUCKETS, [g, l], { to: s, reverse: true, limit: 1 }))[0];

  async function range(g: number, l: number, a: number, z: number): Promise<TimelineRow[]> {
    if (z - a >= RANGE_MAX) throw new RangeError(`range of ${z - a + 1} seqs`);
    const rows: TimelineRow[] = [];
    const first = await bucketOf(g, l, a);
    if (first === undefined || z < a) return rows;
    const buckets = await store.scan(TIMELINE_BUCKETS, [g, l], { from: first.bk, to: z, limit: 1_000 });
    for (const { bk } of buckets) {
      for (let from = a; ; ) {
        const part = await store.scan(TIMELINE, [g, l, bk], { from, to: z, limit: 1_000 });
        rows.push(...part);
        if (part.length < 1_000) break;
        from = (part.at(-1)?.s ?? z) + 1;
      }
    }
    return rows;
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
    const end = await last(g, l);
    if (end === undefined) return 1;
    if (end.row.at < atMs) return end.row.s + 1;
    // Both seq and time rise along a lane, so halving finds the first row that is late enough.
    let low = 1;
    let high = end.row.s;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const bucket = await bucketOf(g, l, middle);
      const row = bucket && (await store.get(TIMELINE, [g, l, bucket.bk, middle]));
      if (row !== undefined && row.at >= atMs) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  return { range, before, seqAt, bucketOf, last };
}
