import { expect, test } from "vitest";
import { Dice } from "./dice.ts";

const drawn = (seed: number) => {
  const dice = new Dice(seed);
  return Array.from({ length: 1_000 }, () => dice.below(4));
};

test("one seed draws the same numbers, another does not", () => {
  expect(drawn(7)).toEqual(drawn(7));
  expect(drawn(7)).not.toEqual(drawn(8));
});

test("every choice comes up about as often", () => {
  const counts = [0, 1, 2, 3].map((choice) => drawn(42).filter((one) => one === choice).length);

  for (const count of counts) expect(Math.abs(count - 250)).toBeLessThan(75);
});

test("the seed is taken from the setting, and only a number is", () => {
  expect(Dice.from({ FAULTS_SEED: "12" }).seed).toBe(12);
  expect(() => Dice.from({ FAULTS_SEED: "x" })).toThrow("FAULTS_SEED");
});
