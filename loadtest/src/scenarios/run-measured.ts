import { Closers } from "@guildhall/kernel";
import { holds, type Verdict } from "../report/verdict.ts";
import type { LoadSize, Measured, MeasuredScenario } from "./measured.ts";
import type { Surroundings } from "./surroundings.ts";

/** How often what failed with a margin is run again. */
const AGAIN_MAX = 2;

/** One scenario after its end. `ok`: it could be run, and nothing of what it checks was wrong. */
export type Ended = Measured & { readonly name: string; readonly seconds: number };

export type MeasuredPlan = {
  readonly size: LoadSize;
  /** Widens the bounds. */
  readonly margin: number;
  /** A bound has to be missed: the server has a fault built in. */
  readonly expectFailure: boolean;
};

/**
 * Runs the scenarios one after another, each on a server of its own that has ended before the next begins. One that
 * cannot be run is not ok, and the others are run all the same.
 */
export async function runMeasured(
  scenarios: readonly MeasuredScenario[],
  size: LoadSize,
  around: Surroundings,
  closers: Closers,
): Promise<Ended[]> {
  const all: Ended[] = [];
  for (const scenario of scenarios) {
    around.say(`== ${scenario.name}: ${scenario.about}`);
    const startMs = performance.now();
    const own = closers.use(new Closers());
    const measured = await scenario.run(size, around, own).catch((error: unknown) => ({
      verdicts: [],
      text: `${scenario.name} could not be run: ${error instanceof Error ? error.message : String(error)}`,
      ok: false,
    }));
    await own[Symbol.asyncDispose]();
    around.say(`\n${measured.text}\n`);
    all.push({ ...measured, name: scenario.name, seconds: (performance.now() - startMs) / 1_000 });
  }
  return all;
}

/**
 * The same, and with a margin once more, after all the others, what did not end as it should: twice at most, and the
 * last time counts. Whoever shares the machine takes it for some time; what has got worse stays so.
 */
export async function runPatiently(
  scenarios: readonly MeasuredScenario[],
  plan: MeasuredPlan,
  around: Surroundings,
  closers: Closers,
): Promise<Ended[]> {
  let all = await runMeasured(scenarios, plan.size, around, closers);
  const againMax = plan.margin > 1 && !plan.expectFailure ? AGAIN_MAX : 0;
  for (let again = 1; again <= againMax; again++) {
    const names = new Set(all.filter((ended) => !asExpected([ended], plan)).map(({ name }) => name));
    if (names.size === 0) break;
    around.say(`once more: ${[...names].join(", ")}`);
    const repeated = scenarios.filter(({ name }) => names.has(name));
    const later = new Map(
      (await runMeasured(repeated, plan.size, around, closers)).map((ended) => [ended.name, ended]),
    );
    all = all.map((ended) => later.get(ended.name) ?? ended);
  }
  return all;
}

/** Those that do not keep their bound. */
export function missed(all: readonly Ended[], margin: number): Verdict[] {
  return all.flatMap(({ verdicts }) => verdicts).filter((verdict) => !holds(verdict, margin));
}

/**
 * Whether it ended as it should: nothing wrong and every bound kept. Where a failure is expected, a bound missed by a
 * figure that was measured; a server that cannot keep up may then also refuse messages.
 */
export function asExpected(all: readonly Ended[], { margin, expectFailure }: MeasuredPlan): boolean {
  const misses = missed(all, margin);
  if (expectFailure) return misses.some(({ spread }) => Number.isFinite(spread.median));
  return all.length > 0 && all.every(({ ok, verdicts }) => ok && verdicts.length > 0) && misses.length === 0;
}
