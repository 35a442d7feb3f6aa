import { Closers } from "@guildhall/kernel";
import { expect, test } from "vitest";
import type { Verdict } from "../report/verdict.ts";
import type { MeasuredScenario } from "./measured.ts";
import { asExpected, missed, runMeasured, runPatiently } from "./run-measured.ts";

const around = { env: {}, where: undefined, operatorKey: undefined, say: () => {} };
const verdict = (median: number): Verdict => ({
  scenario: "s",
  measure: "m",
  spread: { min: median, median, max: median },
  bound: { at: "most", value: 10 },
});

function scenario(name: string, run: MeasuredScenario["run"]): MeasuredScenario {
  return { name, about: "a scenario", run };
}

const measuring = (median: number, ok = true): MeasuredScenario =>
  scenario("measures", async () => ({ verdicts: [verdict(median)], text: "", ok }));

const run = (scenarios: readonly MeasuredScenario[]) => runMeasured(scenarios, "short", around, new Closers());

const PLAN = { size: "short", margin: 1, expectFailure: false } as const;

test("what a scenario started has ended before the next begins", async () => {
  const events: string[] = [];
  const noting = (name: string) =>
    scenario(name, async (size, _, closers) => {
      events.push(`${name} ${size}`);
      closers.defer(() => void events.push(`${name} ended`));
      return { verdicts: [], text: "", ok: true };
    });

  await run([noting("a"), noting("b")]);

  expect(events).toEqual(["a short", "a ended", "b short", "b ended"]);
});

test("a scenario that cannot be run fails the whole, and the others are run all the same", async () => {
  const said: string[] = [];
  const broken = scenario("broken", () => Promise.reject(new Error("no port")));

  const all = await runMeasured(
    [broken, measuring(1)],
    "full",
    { ...around, say: (text) => said.push(text) },
    new Closers(),
  );

  expect(all.map(({ ok }) => ok)).toEqual([false, true]);
  expect(said.join("\n")).toMatch(/broken could not be run: no port/);
  expect(asExpected(all, PLAN)).toBe(false);
});

test("with a margin what failed is run again after the others, twice at most, and the last time counts", async () => {
  const runs: string[] = [];
  const at = (name: string, medians: number[]) =>
    scenario(name, async () => {
      runs.push(name);
      return { verdicts: [verdict(medians.shift() ?? 0)], text: "", ok: true };
    });
  const scenarios = [at("late", [30, 15]), at("never", [30, 30, 30]), at("well", [5])];
  const plan = { ...PLAN, margin: 2 };

  const all = await runPatiently(scenarios, plan, around, new Closers());

  expect(runs).toEqual(["late", "never", "well", "late", "never", "never"]);
  expect(all.map((ended) => asExpected([ended], plan))).toEqual([true, false, true]);
});

test("without a margin everything is run once", async () => {
  let runs = 0;
  const failing = scenario("failing", async () => {
    runs++;
    return { verdicts: [verdict(30)], text: "", ok: true };
  });

  await runPatiently([failing], PLAN, around, new Closers());

  expect(runs).toBe(1);
});

test("a bound counts as missed beyond the margin", async () => {
  const all = await run([measuring(15)]);

  expect(missed(all, 1)).toHaveLength(1);
  expect(asExpected(all, PLAN)).toBe(false);
  expect(asExpected(all, { ...PLAN, margin: 2 })).toBe(true);
});

test("a wrong delivery fails the whole though the bounds are kept, and so does a scenario without a figure", async () => {
  const silent = scenario("silent", async () => ({ verdicts: [], text: "", ok: true }));

  expect(asExpected(await run([measuring(1, false)]), PLAN)).toBe(false);
  expect(asExpected(await run([silent]), PLAN)).toBe(false);
  expect(asExpected([], PLAN)).toBe(false);
});

test("an expected failure is a bound that was measured and missed", async () => {
  const expecting = { ...PLAN, margin: 2, expectFailure: true };

  expect(asExpected(await run([measuring(25)]), expecting)).toBe(true);
  expect(asExpected(await run([measuring(15)]), expecting)).toBe(false);
  expect(asExpected(await run([measuring(Number.NaN)]), expecting)).toBe(false);
  expect(asExpected(await run([scenario("broken", () => Promise.reject(new Error("x")))]), expecting)).toBe(false);
});
