import { expect, test } from "vitest";
import { ExpiringMap } from "./expiring-map.ts";

test("an entry is there until its time, and not from then on", () => {
  const map = new ExpiringMap<string, number>(10);

  map.set("a", 1, 100, 0);

  expect(map.get("a", 99)).toBe(1);
  expect(map.get("a", 100)).toBeUndefined();
  expect(map.size).toBe(0);
});

test("what has ended is swept without being asked for", () => {
  const map = new ExpiringMap<number, number>(1_000_000);

  for (let i = 0; i < 100_000; i++) map.set(i, i, i + 10, i);

  expect(map.size).toBeLessThan(3_000);
});

test("at its bound it forgets what was set longest ago", () => {
  const map = new ExpiringMap<number, number>(3);
  for (const key of [1, 2, 3]) map.set(key, key, 100, 0);

  map.set(1, 10, 100, 0);
  map.set(4, 4, 100, 0);

  expect([1, 2, 3, 4].map((key) => map.get(key, 0))).toEqual([10, undefined, 3, 4]);
});

test("adding to a full map does not look at all of it each time", () => {
  const map = new ExpiringMap<number, number>(100_000);
  for (let i = 0; i < 100_000; i++) map.set(i, i, 1e9, 0);
  const startedMs = performance.now();

  for (let i = 0; i < 100_000; i++) map.set(-i, i, 1e9, 0);

  expect(performance.now() - startedMs).toBeLessThan(2_000);
  expect(map.size).toBeLessThanOrEqual(100_000);
  expect(map.size).toBeGreaterThanOrEqual(99_000);
});
