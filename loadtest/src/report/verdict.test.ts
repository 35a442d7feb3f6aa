import { expect, test } from "vitest";
import { holds, type Verdict } from "./verdict.ts";

const at = (bound: Verdict["bound"], median: number): Verdict => ({
  scenario: "s",
  measure: "m",
  spread: { min: median, median, max: median },
  bound,
});

test("a median keeps its bound, with a margin up to twice or down to half of it", () => {
  expect(holds(at({ at: "most", value: 10 }, 10))).toBe(true);
  expect(holds(at({ at: "most", value: 10 }, 10.1))).toBe(false);
  expect(holds(at({ at: "most", value: 10 }, 20), 2)).toBe(true);
  expect(holds(at({ at: "least", value: 10 }, 9.9))).toBe(false);
  expect(holds(at({ at: "least", value: 10 }, 5), 2)).toBe(true);
});

test("what was not measured keeps no bound", () => {
  expect(holds(at({ at: "most", value: 10 }, Number.NaN))).toBe(false);
  expect(holds(at({ at: "least", value: 10 }, Number.NaN), 2)).toBe(false);
});

test("where a bound has not been reached yet, a margin counts from what has been", () => {
  const bound = { at: "most", value: 10, reached: 15 } as const;

  expect(holds(at(bound, 12))).toBe(false);
  expect(holds(at(bound, 30), 2)).toBe(true);
  expect(holds(at(bound, 31), 2)).toBe(false);
});

test("with a margin the best round counts", () => {
  const spread = { min: 15, median: 30, max: 60 };
  const most = { scenario: "s", measure: "m", spread, bound: { at: "most", value: 10 } } as const;
  const least = { scenario: "s", measure: "m", spread, bound: { at: "least", value: 100 } } as const;

  expect(holds(most, 2)).toBe(true);
  expect(holds(most, 1.4)).toBe(false);
  expect(holds(least, 2)).toBe(true);
  expect(holds(least, 1.5)).toBe(false);
});
