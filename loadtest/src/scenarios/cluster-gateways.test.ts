import { expect, test } from "vitest";
import { PLANS as DURABLE } from "./cluster-durable.ts";
import { BUSY, SPREAD, sharesOf, yieldsOf } from "./cluster-gateways.ts";
import { PARTS } from "./cluster-group.ts";
import { checkPlan, type Round } from "./group-plan.ts";

const round = (cpuSeconds: number, deliveries: number): Round =>
  ({ cpuSeconds, cpuSecondsPerMillion: (cpuSeconds / deliveries) * 1e6 }) as Round;

test("what gateways take when all is quiet is no cost of a delivery", () => {
  expect(yieldsOf([round(2.5, 200_000), round(4.5, 200_000)], [0.5, 0.5])).toEqual([100_000, 50_000]);
});

test("deliveries a CPU second are compared with those of the round with one gateway beside it", () => {
  expect(sharesOf([4, 5], [5, 4])).toEqual([1.25, 0.8]);
});

test("a round that has none beside it has no share", () => {
  expect(sharesOf([], [5])).toEqual([Number.NaN]);
});

test("every plan for a cluster can be carried out, in both sizes", () => {
  const plans = [DURABLE, SPREAD, BUSY, ...PARTS.map((part) => part.plans)].flatMap((sizes) => Object.values(sizes));

  expect(plans.map(checkPlan)).toEqual(plans);
});
