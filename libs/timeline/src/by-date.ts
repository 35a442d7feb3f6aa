import type { TimelineRows } from "./reader.ts";
import { type BucketRow, TIMELINE, TIMELINE_BUCKETS, type TimelineRow } from "./tables.ts";

/** Buckets looked at before halving begins: over half a million events, or the last weeks of a busy group. */
const NEWEST_BUCKETS = 64;
/** Rows read at a time in search of a time: few enough to cost little more than one, and enough to end the search. */
const WINDOW = 32;

/** Neighbours in the index: the newest bucket that begins at or before a time, and the one after it. */
export type Neighbours = { readonly bucket: BucketRow | undefined; readonly next: BucketRow | undefined };

/** Finds a time in the index of buckets. Both seq and time rise along a lane; no message is read. */
export async function bucketAt(store: TimelineRows, g: number, l: number, atMs: number): Promise<Neighbours> {
  const key = [g, l];
  const newest = await store.scan(TIMELINE_BUCKETS, key, { reverse: true, limit: NEWEST_BUCKETS });
  const place = newest.findIndex(({ at }) => at <= atMs);
  if (place >= 0) return { bucket: newest[place], next: newest[place - 1] };
  let next = newest.at(-1);
  if (newest.length < NEWEST_BUCKETS || next === undefined) return { bucket: undefined, next };
  let bucket: BucketRow | undefined;
  // The bucket is the last one before `next` that begins in time; it begins at `low` or later.
  for (let low = 1; next !== undefined && low < next.bk; ) {
    const middle: number = Math.floor((low + next.bk) / 2);
    const [found] = await store.scan(TIMELINE_BUCKETS, key, { to: middle, reverse: true, limit: 1 });
    if (found === undefined) low = middle + 1;
    else if (found.at > atMs) next = found;
    else {
      bucket = found;
      const [after] = await store.scan(TIMELINE_BUCKETS, key, { from: middle + 1, limit: 1 });
      if (after === undefined || after.bk >= next.bk || after.at > atMs) return { bucket, next: after ?? next };
      low = after.bk;
    }
  }
  return { bucket, next };
}

/** Seq of the first row of `bucket` with `at` ≥ `atMs`, or the one past its last row. `bucket.at` is below `atMs`. */
export async function firstAt(
  store: TimelineRows,
  bucket: BucketRow,
  next: BucketRow | undefined,
  atMs: number,
): Promise<number> {
  const { g, l, bk } = bucket;
  const end = next ?? (await endOf(store, bucket));
  if (end === undefined || end.at < atMs) return end?.bk ?? bk;
  const scan = (from: number, to: number) => store.scan(TIMELINE, [g, l, bk], { from, to, limit: WINDOW });
  // The answer is in `low` to `high` + 1. `low` begins after `lowAt`, and `high` + 1 at `highAt` at the latest.
  let [low, lowAt, high, highAt] = [bk, bucket.at, end.bk - 1, end.at];
  for (let halve = false; low <= high; halve = !halve) {
    const from = placeOf(low, high, halve ? 0.5 : (atMs - lowAt) / Math.max(1, highAt - lowAt));
    const rows = await scan(from, Math.min(high, from + WINDOW - 1));
    const [first, last] = [rows[0], rows.at(-1)];
    // What is not stored yet is later than all that is.
    if (first === undefined || last === undefined) high = from - 1;
    else if (first.at >= atMs) [high, highAt] = [from - 1, first.at];
    else if (last.at < atMs) [low, lowAt] = [last.s + 1, last.at];
    else return firstFrom(rows, atMs);
  }
  return low;
}

/** Where a window begins whose middle is this share of the way from `low` to `high`. */
function placeOf(low: number, high: number, share: number): number {
  const middle = low + Math.floor((high - low) * Math.min(1, Math.max(0, share)));
  return Math.max(low, Math.min(middle - WINDOW / 2, high - WINDOW + 1));
}

function firstFrom(rows: readonly TimelineRow[], atMs: number): number {
  return rows.find(({ at }) => at >= atMs)?.s ?? 0;
}

/** What is past the newest row of the lane's newest bucket; undefined in an empty one. */
async function endOf(store: TimelineRows, { g, l, bk }: BucketRow): Promise<{ bk: number; at: number } | undefined> {
  const [newest] = await store.scan(TIMELINE, [g, l, bk], { reverse: true, limit: 1 });
  return newest && { bk: newest.s + 1, at: newest.at };
}
