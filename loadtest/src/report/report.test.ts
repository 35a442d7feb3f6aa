import { expect, test } from "vitest";
import { NO_DELIVERIES } from "../driver/faults.ts";
import type { RoundResult } from "../driver/messages.ts";
import { roundOf } from "../scenarios/group-plan.ts";
import { faultsOf, groupReportText } from "../scenarios/group-report.ts";
import { cpuSecondsOf } from "./cpu.ts";
import { spreadOf } from "./spread.ts";

const latency = { p50: 1, p99: 2, max: 3, count: 1 };
const good: RoundResult = {
  messages: 100,
  deliveries: { ...NO_DELIVERIES, delivered: 1_000 },
  seconds: 2,
  delivery: latency,
  answer: latency,
  refused: 0,
  unanswered: 0,
  astray: 0,
  closed: 0,
  driverCpuSeconds: 1,
  notes: [],
};
const plan = {
  groups: 1,
  members: 10,
  senders: 1,
  window: 1,
  bytes: 100,
  rate: 0,
  warmUpSeconds: 0,
  warmUpMessages: 0,
  warmUpRate: 0,
  rounds: 1,
  seconds: 2,
  targets: ["guildhall" as const],
};

test("a round in which everything arrived has no faults", () => {
  expect(faultsOf(roundOf(good, [1]), 10)).toEqual([]);
});

test.each([
  ["an unchecked delivery", { deliveries: { ...good.deliveries, unchecked: 1 } }],
  ["a missing delivery", { deliveries: { ...good.deliveries, missing: 1 } }],
  ["too few deliveries", { deliveries: { ...good.deliveries, delivered: 999 } }],
  ["a refused message", { refused: 1 }],
  ["a lost connection", { closed: 1 }],
  ["an answer that did not come", { unanswered: 1 }],
  ["a note", { notes: ["a gap"] }],
  ["nothing sent", { messages: 0, deliveries: { ...NO_DELIVERIES } }],
])("a round with %s has a fault", (_, changes) => {
  expect(faultsOf(roundOf({ ...good, ...changes }, [1]), 10)).not.toEqual([]);
});

test("the report gives CPU a delivery, counts what was not checked and names what went wrong", () => {
  const bad = { ...good, deliveries: { ...good.deliveries, missing: 2, unchecked: 7 } };

  const text = groupReportText({
    plan,
    warmUpFaults: [],
    rounds: { guildhall: [roundOf(bad, [0.5])], topic: [roundOf(good, [1])] },
  });

  expect(text).toMatch(/guildhall: CPU s per million deliveries +500 +500 +500/);
  expect(text).toMatch(/guildhall: unchecked deliveries +7/);
  expect(text).toMatch(/guildhall takes 0\.5 of the CPU a delivery of the topic baseline/);
  expect(text).toMatch(/guildhall, round 1: 2 missing/);
});

test("CPU seconds are found among other metrics", () => {
  const text = "# HELP x\nprocess_cpu_user_seconds_total 1\nprocess_cpu_seconds_total 12.5\n";

  expect(cpuSecondsOf(text)).toBe(12.5);
  expect(cpuSecondsOf('process_cpu_seconds_total{service="a"} 3e1')).toBe(30);
  expect(() => cpuSecondsOf("process_cpu_user_seconds_total 1")).toThrow(/process_cpu_seconds_total/);
});

test("the middle of an even number of rounds lies between the two", () => {
  expect(spreadOf([4, 1, 3, 2])).toEqual({ min: 1, median: 2.5, max: 4 });
  expect(() => spreadOf([])).toThrow(RangeError);
});
