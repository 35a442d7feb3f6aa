import { expect, test } from "vitest";
import { seededRandom } from "./random.ts";

const draws = (seed: number) => {
  const random = seededRandom(seed);
  return Array.from({ length: 1_000 }, () => random.next());
};

test("a seed fixes the numbers, and those of its forks", () => {
  const fork = (seed: number, name: string) => seededRandom(seed).fork(name).next();

  expect(draws(7)).toEqual(draws(7));
  expect(draws(7)).not.toEqual(draws(8));
  expect(fork(7, "a")).toBe(fork(7, "a"));
  expect(new Set([fork(7, "a"), fork(7, "b"), fork(8, "a")]).size).toBe(3);
});

test("numbers are spread over 0 to 1", () => {
  const numbers = draws(1);
  const tenths = new Set(numbers.map((number) => Math.floor(number * 10)));
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

  expect(tenths).toEqual(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]));
  expect(mean).toBeGreaterThan(0.45);
  expect(mean).toBeLessThan(0.55);
});

test("below, chance and pick keep to their bounds", () => {
  const random = seededRandom(3);
  const dice = new Set(Array.from({ length: 200 }, () => random.below(6)));

  expect(dice).toEqual(new Set([0, 1, 2, 3, 4, 5]));
  expect([random.chance(0), random.chance(1)]).toEqual([false, true]);
  expect(["a", "b"]).toContain(random.pick(["a", "b"]));
  expect(() => random.pick([])).toThrow(RangeError);
});
