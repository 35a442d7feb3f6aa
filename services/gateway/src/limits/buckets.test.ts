import { expect, test } from "vitest";
import { afterToken, Buckets, type Rate, untilTokenMs } from "./buckets.ts";

/** How many of a flood with one attempt in `everyMs` get through in `lengthMs`. */
function passed(rate: Rate, everyMs: number, lengthMs: number): number {
  const buckets = new Buckets<string>(rate, 10);
  let count = 0;
  for (let nowMs = 0; nowMs < lengthMs; nowMs += everyMs) {
    if (buckets.untilTokenMs("x", nowMs) > 0) continue;
    buckets.take("x", nowMs);
    count++;
  }
  return count;
}

test.each<[string, Rate]>([
  ["60 frames in 10 s", { count: 60, perMs: 10_000, burst: 60 }],
  ["10 sends in 10 s", { count: 10, perMs: 10_000, burst: 10 }],
  ["5 sends in 5 s", { count: 5, perMs: 5_000, burst: 5 }],
  ["500 sends in 1 s", { count: 500, perMs: 1_000, burst: 500 }],
  ["20 handshakes in 1 s, 50 at once", { count: 20, perMs: 1_000, burst: 50 }],
])("a flood against %s gets the burst and the rate, within 5 %%", (_, rate) => {
  const lengthMs = 100 * rate.perMs;
  const due = rate.burst + 100 * rate.count;

  const count = passed(rate, rate.perMs / rate.count / 7.3, lengthMs);

  expect(count).toBeGreaterThan(due * 0.95);
  expect(count).toBeLessThan(due * 1.05);
});

test("what is asked for evenly at the rate is never refused", () => {
  expect(passed({ count: 10, perMs: 10_000, burst: 1 }, 1_000, 100_000)).toBe(100);
});

test("whoever waits as long as told gets a token, and not a moment earlier", () => {
  const rate = { count: 3, perMs: 1_000, burst: 2 };
  let fullAtMs = 0;
  for (let taken = 0; taken < 2; taken++) fullAtMs = afterToken(rate, fullAtMs, 100);

  const waitMs = untilTokenMs(rate, fullAtMs, 100);

  expect(waitMs).toBeCloseTo(1_000 / 3);
  expect(untilTokenMs(rate, fullAtMs, 100 + waitMs - 1)).toBeCloseTo(1);
  expect(untilTokenMs(rate, fullAtMs, 100 + waitMs)).toBe(0);
});

test("a count of 0 is no limit and keeps nothing", () => {
  const buckets = new Buckets<number>({ count: 0, perMs: 1_000, burst: 0 }, 1);

  for (let taken = 0; taken < 1_000; taken++) buckets.take(1, 0);

  expect(buckets.untilTokenMs(1, 0)).toBe(0);
  expect(buckets.size).toBe(0);
});

test("full buckets are forgotten, and at the bound the oldest", () => {
  const buckets = new Buckets<number>({ count: 1, perMs: 1_000, burst: 1 }, 2);

  for (const key of [1, 2, 3]) buckets.take(key, 0);
  const waits = [1, 2, 3].map((key) => buckets.untilTokenMs(key, 0));
  buckets.sweep(999);
  const before = buckets.size;
  buckets.sweep(1_000);

  expect(waits).toEqual([0, 1_000, 1_000]);
  expect([before, buckets.size]).toEqual([2, 0]);
});
