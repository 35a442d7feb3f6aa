import { expect, test } from "vitest";
import { allPoints, type Part, spread } from "./points.ts";
import type { Call } from "./trace.ts";

const COUNTS = new Map<Part, ReadonlyMap<Call, number>>([
  [
    "talk",
    new Map<Call, number>([
      ["pwrite64", 30],
      ["fdatasync", 10],
      ["write", 4],
    ]),
  ],
  ["again", new Map<Call, number>([["lseek", 5]])],
]);

test("every fault that makes sense stands at every call", () => {
  const points = allPoints(COUNTS);

  expect(points).toHaveLength(30 * 4 + 10 * 3 + 4 * 3 + 5 * 2);
  expect(new Set(points.map((point) => JSON.stringify(point))).size).toBe(points.length);
});

test("a sample is spread evenly, is the same for the same seed, and is all of it where it may be", () => {
  const points = allPoints(COUNTS);
  const places = spread(points, 20, 7).map((point) => points.indexOf(point));

  for (let from = 0; from < 160; from += 40) {
    expect(places.filter((at) => at >= from && at < from + 40).length).toBeGreaterThanOrEqual(4);
  }
  expect(spread(points, 20, 7)).toEqual(spread(points, 20, 7));
  expect(spread(points, 20, 8)).not.toEqual(spread(points, 20, 7));
  expect(new Set(spread(points, 1_000, 7)).size).toBe(points.length);
});
