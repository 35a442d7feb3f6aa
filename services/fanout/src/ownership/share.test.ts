import fc from "fast-check";
import { expect, test } from "vitest";
import { planShare } from "./share.ts";

/** Lets every member act on its plan in turn until nothing changes; conflicts go to the first. */
function settle(members: readonly string[], partitions: number, holders: Map<number, string>): number {
  for (let round = 1; round <= 50; round++) {
    let changed = false;
    for (const me of members) {
      const free = new Set(Array.from({ length: partitions }, (_, p) => p).filter((p) => !holders.has(p)));
      const { claim, giveUp } = planShare({ me, members, partitions, holders, free });
      for (const p of giveUp) holders.delete(p);
      for (const p of claim) if (!holders.has(p)) holders.set(p, me);
      changed ||= claim.length + giveUp.length > 0;
    }
    if (!changed) return round;
  }
  return Number.POSITIVE_INFINITY;
}

test("whoever owned what before, all partitions end evenly spread", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 40 }),
      (count, partitions, before) => {
        const members = Array.from({ length: count }, (_, i) => `m${i}`);
        const holders = new Map<number, string>();
        for (const [p, i] of before.entries()) if (p < partitions && i < count) holders.set(p, `m${i}`);

        expect(settle(members, partitions, holders)).toBeLessThan(20);

        const counts = members.map((me) => [...holders.values()].filter((holder) => holder === me).length);
        expect(holders.size).toBe(partitions);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      },
    ),
  );
});

test("nothing moves where the spread is even", () => {
  const holders = new Map([
    [0, "a"],
    [1, "b"],
    [2, "a"],
  ]);

  for (const me of ["a", "b"]) {
    expect(planShare({ me, members: ["a", "b"], partitions: 3, holders, free: new Set() })).toMatchObject({
      claim: [],
      giveUp: [],
    });
  }
});

test("a partition that somebody held a moment ago is not claimed yet", () => {
  const plan = planShare({ me: "a", members: ["a"], partitions: 2, holders: new Map(), free: new Set([1]) });

  expect(plan.claim).toEqual([1]);
});
