import { expect, test } from "vitest";
import { leftOutLine, type Outcome, sumLine, sumOf } from "./sum-reporter.ts";

const unset = () => false;
const outcomes = (...states: Outcome["state"][]): Outcome[] => states.map((state) => ({ state, name: "a test" }));

test("counts each outcome once", () => {
  expect(sumOf(outcomes("passed", "passed", "failed", "skipped"), 0, unset)).toEqual({
    passed: 2,
    failed: 1,
    skipped: 1,
    waitsFor: [],
  });
});

test("a file that did not load and a test that never ended are failures", () => {
  expect(sumOf(outcomes("passed", "pending"), 1, unset)).toMatchObject({ passed: 1, failed: 2, skipped: 0 });
});

test("a test skipped although the variable it names is set is a failure", () => {
  const waiting: Outcome[] = [{ state: "skipped", name: "needs TEST_NATS_URL > delivers" }];

  expect(sumOf(waiting, 0, (variable) => variable === "TEST_NATS_URL")).toMatchObject({
    passed: 0,
    failed: 1,
    skipped: 0,
  });
  expect(sumOf(waiting, 0, unset)).toMatchObject({ passed: 0, failed: 0, skipped: 1 });
});

test("a test that waits for two variables is waiting while one of them is not set", () => {
  const waiting: Outcome[] = [{ state: "skipped", name: "needs ONE_THING and OTHER_THING > delivers" }];

  expect(sumOf(waiting, 0, (variable) => variable === "ONE_THING")).toMatchObject({
    failed: 0,
    waitsFor: ["OTHER_THING"],
  });
  expect(sumOf(waiting, 0, () => true)).toMatchObject({ failed: 1, waitsFor: [] });
});

test("the line names skipped tests only where there are some", () => {
  expect(sumLine({ passed: 3, failed: 0, skipped: 0 })).toBe("3 passed, 0 failed");
  expect(sumLine({ passed: 3, failed: 1, skipped: 2 })).toBe("3 passed, 1 failed, 2 skipped");
});

test("what was left out is told once, with how to include it", () => {
  const names = ["needs NATS_SERVERS > a", "needs NATS_SERVERS > b", "needs REDIS_URL and OTHER_THING > is NOT_FOUND"];
  const sum = sumOf(
    names.map((name) => ({ state: "skipped", name })),
    0,
    unset,
  );

  const line = leftOutLine(sum) ?? "";

  expect(line).toMatch(/^left out: 3 tests that need NATS_SERVERS, OTHER_THING, REDIS_URL; to include them: /);
  expect(line.match(/npm run servers/g)).toHaveLength(1);
  expect(line).toMatch(/set OTHER_THING/);
  expect(leftOutLine(sumOf(outcomes("passed", "skipped"), 0, unset))).toBeUndefined();
});
