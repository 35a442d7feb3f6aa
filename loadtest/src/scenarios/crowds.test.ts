import { expect, test } from "vitest";
import { NO_DELIVERIES } from "../driver/faults.ts";
import type { RoundResult } from "../driver/messages.ts";
import { holds } from "../report/verdict.ts";
import { CROWDS, type CrowdScenario, verdictsOf } from "./crowds.ts";
import { checkPlan, type GroupReport, type Round, roundOf } from "./group-plan.ts";

const latency = (ms: number) => ({ p50: ms, p99: 2 * ms, max: 3 * ms, count: 1 });

/** A round of 100 messages and 1,000 deliveries in 2 s. */
function round(cpuSeconds: number, changes: Partial<RoundResult> = {}): Round {
  const result: RoundResult = {
    messages: 100,
    deliveries: { ...NO_DELIVERIES, delivered: 1_000 },
    seconds: 2,
    delivery: latency(1),
    answer: latency(1),
    refused: 0,
    unanswered: 0,
    astray: 0,
    closed: 0,
    driverCpuSeconds: 1,
    notes: [],
    ...changes,
  };
  return roundOf(result, [cpuSeconds / 4, (cpuSeconds * 3) / 4]);
}

function scenario(name: string): CrowdScenario {
  const found = CROWDS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

function verdicts(name: string, rounds: GroupReport["rounds"]) {
  const of = scenario(name);
  return verdictsOf(of, { plan: of.plans.full, warmUpFaults: [], rounds });
}

test("each round of ours is divided by the round of the topics beside it, and the median decides", () => {
  const [cpu, messages] = verdicts("group-1000", {
    guildhall: [round(0.3), round(0.6), round(0.2)],
    topic: [round(1), round(1), round(2)],
  });

  expect(cpu).toMatchObject({ scenario: "group-1000", spread: { min: 0.1, median: 0.3, max: 0.6 } });
  expect(cpu !== undefined && holds(cpu)).toBe(true);
  expect(messages).toMatchObject({ spread: { median: 1 } });
  expect(messages !== undefined && holds(messages)).toBe(false);
});

test("the paced group is judged by its latencies, too", () => {
  const found = verdicts("group-1000-paced", {
    guildhall: [round(1, { delivery: latency(1.6) })],
    topic: [round(1)],
  });

  expect(found.map((verdict) => [verdict.measure, holds(verdict)])).toEqual([
    ["CPU a delivery ÷ topics", true],
    ["delivery p50 ÷ topics", false],
    ["delivery p99 ÷ topics", false],
  ]);
});

test("what a message costs is judged alone, and refused messages cost nobody's share", () => {
  const [verdict] = verdicts("groups-4", { guildhall: [round(0.006, { refused: 25, unanswered: 25 })] });

  expect(verdict?.spread.median).toBeCloseTo(120);
});

test("a ratio without a partner is kept by nobody", () => {
  const found = verdicts("groups-25", { guildhall: [round(0)] });

  expect(found).toHaveLength(2);
  expect(found.some((verdict) => holds(verdict, 10))).toBe(false);
});

test.each(CROWDS)("$name can be carried out in both sizes, and measures beside what it is divided by", (one) => {
  for (const plan of Object.values(one.plans)) {
    expect(checkPlan(plan)).toBe(plan);
    expect(plan.targets.includes("topic")).toBe(one.measures.some(({ of }) => of.length > 1));
  }
});
