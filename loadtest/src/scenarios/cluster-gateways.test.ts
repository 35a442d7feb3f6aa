import { expect, test } from "vitest";
import { PLANS as DURABLE } from "./cluster-durable.ts";
import { BUSY, SPREAD, sharesOf } from "./cluster-gateways.ts";
import { PARTS } from "./cluster-group.ts";
import { checkPlan, type Round } from "./group-plan.ts";

const round = (cpuSecondsPerMillion: number): Round => ({ cpuSecondsPerMillion }) as Round;

test("deliveries a CPU second are compared with those of the round with one gateway beside it", () => {
  expect(sharesOf([round(4), round(6)], [round(5), round(5)])).toEqual([0.8, 1.2]);
});

test("a round that has none beside it has no share", () => {
  expect(sharesOf([], [round(5)])).toEqual([Number.NaN]);
});

test("every plan for a cluster can be carried out, in both sizes", () => {
  const plans = [DURABLE, SPREAD, BUSY, ...PARTS.map((part) => part.plans)].flatMap((sizes) => Object.values(sizes));

  expect(plans.map(checkPlan)).toEqual(plans);
});
