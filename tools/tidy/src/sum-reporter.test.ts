import { expect, test } from "vitest";
import { type Outcome, sumLine, sumOf } from "./sum-reporter.ts";

const unset = () => false;
const outcomes = (...states: Outcome["state"][]): Outcome[] => states.map((state) => ({ state, name: "a test" }));

test("counts each outcome once", () => {
  expect(sumOf(outcomes("passed", "passed", "failed", "skipped"), 0, unset)).toEqual({
    passed: 2,
    failed: 1,
    skipped: 1,
  });
});

test("a file that did not load and a test that never ended are failures", () => {
  expect(sumOf(outcomes("passed", "pending"), 1, unset)).toEqual({ passed: 1, failed: 2, skipped: 0 });
});

test("a test skipped although the variable it names is set is a failure", () => {
  const waiting: Outcome[] = [{ state: "skipped", name: "needs TEST_NATS_URL > delivers" }];

  expect(sumOf(waiting, 0, (variable) => variable === "TEST_NATS_URL")).toEqual({ passed: 0, failed: 1, skipped: 0 });
  expect(sumOf(waiting, 0, unset)).toEqual({ passed: 0, failed: 0, skipped: 1 });
});

test("the line names skipped tests only where there are some", () => {
  expect(sumLine({ passed: 3, failed: 0, skipped: 0 })).toBe("3 passed, 0 failed");
  expect(sumLine({ passed: 3, failed: 1, skipped: 2 })).toBe("3 passed, 1 failed, 2 skipped");
});
