import { Closers } from "@guildhall/kernel";
import type { FaultResult, FaultScenario, Size, Surroundings } from "./scenario.ts";

export type Ended = FaultResult & { readonly name: string; readonly seconds: number };

/** A scenario of which every run was void is run so many times again. */
const AGAIN_MAX = 2;

/** The longest that these may take, s: a void one is run again. */
export function maxSecondsOf(scenarios: readonly FaultScenario[], size: Size): number {
  return scenarios.reduce((sum, { maxS }) => sum + maxS[size] * (1 + AGAIN_MAX), 0);
}

const NOTHING: FaultResult = {
  runs: 0,
  voidRuns: 0,
  faultsInFlight: 0,
  acknowledged: 0,
  unknown: 0,
  violations: [],
  notes: [],
};

/** Runs one scenario, and again while it is void: no fault met an operation in flight, and nothing was broken. */
export async function runFault(
  scenario: FaultScenario,
  size: Size,
  around: Omit<Surroundings, "closers">,
): Promise<Ended> {
  let ended = await runOnce(scenario, size, around);
  for (let again = 0; again < AGAIN_MAX && isVoid(ended); again++) {
    around.say(`${scenario.name}: void, once more`);
    ended = await runOnce(scenario, size, around);
  }
  return ended;
}

/** Runs it within its time and ends what it started. A scenario that throws, or takes longer, has failed. */
async function runOnce(scenario: FaultScenario, size: Size, around: Omit<Surroundings, "closers">): Promise<Ended> {
  const startedMs = performance.now();
  const closers = new Closers();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<FaultResult>((resolve) => {
    timer = setTimeout(
      () => resolve({ ...NOTHING, violations: [`not done after ${scenario.maxS[size]} s`] }),
      scenario.maxS[size] * 1_000,
    );
  });
  const run = scenario.run(size, { ...around, closers }).catch((error: unknown) => ({
    ...NOTHING,
    violations: [error instanceof Error ? (error.stack ?? error.message) : String(error)],
  }));
  const result = await Promise.race([run, late]);
  clearTimeout(timer);
  await closers[Symbol.asyncDispose]();
  return { ...result, name: scenario.name, seconds: (performance.now() - startedMs) / 1_000 };
}

/** Whether nothing was broken, and no run counts. */
export function isVoid({ runs, voidRuns, violations }: FaultResult): boolean {
  return violations.length === 0 && runs - voidRuns <= 0;
}

/** Whether it proves something: no promise was broken, and some run counts. */
export function proves(result: FaultResult): boolean {
  return result.violations.length === 0 && !isVoid(result);
}

/** What a run of these says to who started it: 0 all hold, 1 something is broken, 2 something is void. */
export function exitCodeOf(all: readonly FaultResult[]): 0 | 1 | 2 {
  if (all.some(({ violations }) => violations.length > 0)) return 1;
  return all.some(isVoid) ? 2 : 0;
}
