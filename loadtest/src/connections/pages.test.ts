import fc from "fast-check";
import { expect, test } from "vitest";
import { Latencies } from "../report/latency.ts";
import { isPageBefore, Pages } from "./pages.ts";

test("every other page of a long lane is beyond the ring, the others are in it, and all are whole", async () => {
  const pages = new Pages(await Latencies.make(), await Latencies.make());
  fc.assert(
    fc.property(
      fc.integer({ min: 3_000, max: 50_000 }),
      fc.nat(99),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (newest, number, random) => {
        const { before, stored } = pages.place(number, newest, 50, random);

        expect(stored).toBe(number % 2 === 1);
        expect(before).toBeGreaterThan(50);
        if (stored) expect(before).toBeLessThanOrEqual(newest - 2_500);
        else expect(before - 50).toBeGreaterThanOrEqual(newest - 1_000);
        expect(before).toBeLessThanOrEqual(newest);
      },
    ),
  );
});

test("pages of the store are counted by themselves, too", async () => {
  const pages = new Pages(await Latencies.make(), await Latencies.make());

  pages.record({ before: 60, stored: true }, 4);
  pages.record({ before: 60, stored: false }, 1);

  expect([pages.all.summary().count, pages.stored.summary().count]).toEqual([2, 1]);
});

test("a page is right only with every event, in order", () => {
  const page = (...seqs: number[]) => ({ e: seqs.map((s) => ({ s })) });

  expect(isPageBefore(page(7, 8, 9), 10, 3)).toBe(true);
  expect(isPageBefore(page(6, 7, 8), 10, 3)).toBe(false);
  expect(isPageBefore(page(7, 9, 8), 10, 3)).toBe(false);
  expect(isPageBefore(page(8, 9), 10, 3)).toBe(false);
  expect(isPageBefore(undefined, 10, 3)).toBe(false);
});
