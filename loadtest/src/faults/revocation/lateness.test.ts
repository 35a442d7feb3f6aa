import { expect, test } from "vitest";
import { over, quantileOf, rangeOf } from "./lateness.ts";

const upTo = (count: number) => Array.from({ length: count }, (_, i) => count - i);

test("the p99 of a hundred leaves one out, and of fewer none", () => {
  expect(quantileOf(upTo(100), 0.99)).toBe(99);
  expect(quantileOf(upTo(99), 0.99)).toBe(99);
  expect(quantileOf([7], 0.99)).toBe(7);
  expect(() => quantileOf([], 0.5)).toThrow("no values");
});

test("least, middle, p99 and greatest are named in this order", () => {
  expect(rangeOf(upTo(200))).toBe("1.0 / 100.5 / 198.0 / 200.0");
});

test("each bound is a violation of its own, and a value at the bound is none", () => {
  expect(over("late", [1, 2, 5_000], { p99Ms: 5_000, maxMs: 5_000 })).toEqual([]);
  expect(over("late", upTo(200), { p99Ms: 100, maxMs: 199 })).toEqual([
    "late: p99 198.0 ms, over 100 ms",
    "late: 200.0 ms, over 199 ms",
  ]);
  expect(over("closed", [1, Number.POSITIVE_INFINITY], { p99Ms: 5, maxMs: 5 })).toHaveLength(2);
});
