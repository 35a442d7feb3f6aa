import { LIMITS } from "@guildhall/proto/tables";
import { BUCKET_MAX_BYTES, BUCKET_MAX_ENTRIES, BUCKET_MAX_MS, BUCKET_MIN_ENTRIES } from "@guildhall/timeline";
import { expect, test } from "vitest";
import { ENTRY } from "../../test/entry.ts";
import { Lane } from "./lane.ts";

/** First seqs of the buckets that entries at these times get, with bodies of so many bytes. */
function buckets(times: Iterable<number>, bytes = 20): number[] {
  const lane = new Lane(1, 0);
  const found: number[] = [];
  for (const at of times) {
    const { bk, bb, opened } = lane.bucketFor(at, bytes);
    if (opened) found.push(bk);
    lane.advance({ ...ENTRY, s: lane.s + 1, at, bk, bb });
    lane.stored(lane.s);
  }
  return found;
}

function* every(ms: number, count: number): Generator<number> {
  for (let i = 0; i < count; i++) yield 1_000 + i * ms;
}

test("a bucket is closed by its number of entries where much is said", () => {
  expect(buckets(every(1, 20_000))).toEqual([1, 1 + BUCKET_MAX_ENTRIES, 1 + 2 * BUCKET_MAX_ENTRIES]);
});

test("a bucket is closed after a week where something is said every hour", () => {
  const week = BUCKET_MAX_MS / 1_800_000;

  expect(buckets(every(1_800_000, 1_000))).toEqual([1, 1 + week, 1 + 2 * week]);
});

test("where one message comes a day, a bucket waits until it holds more than two pages", () => {
  expect(buckets(every(86_400_000, 600))).toEqual([1, 1 + BUCKET_MIN_ENTRIES, 1 + 2 * BUCKET_MIN_ENTRIES]);
  expect(BUCKET_MIN_ENTRIES).toBeGreaterThan(2 * LIMITS.pageMax);
});

test("a bucket of the largest bodies is closed by its bytes, and holds more than two pages", () => {
  const found = buckets(every(1, 5_000), LIMITS.frameInMaxBytes);

  const size = (found[1] ?? 0) - 1;
  expect(size * LIMITS.frameInMaxBytes).toBeLessThanOrEqual(BUCKET_MAX_BYTES);
  expect(size).toBeGreaterThan(BUCKET_MIN_ENTRIES);
  expect(found[2]).toBe(1 + 2 * size);
});
