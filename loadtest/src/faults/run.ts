import { Closers } from "@guildhall/kernel";
import type { FaultResult, FaultScenario, Size, Surroundings } from "./scenario.ts";

export type Ended = FaultResult & { readonly name: string; readonly seconds: number };

const NOTHING: FaultResult = {
  runs: 0,
  voidRuns: 0,
  faultsInFlight: 0,
  acknowledged: 0,
  unknown: 0,
  violations: [],
  notes: [],
};

/** Runs one scenario within its time and ends what it started. A scenario that throws, or takes longer, has failed. */
export async function runFault(
  scenario: FaultScenario,
  size: Size,
  around: Omit<Surroundings, "closers">,
): Promise<Ended> {
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

/** Whether it proves something: no promise was broken, and some run counts. */
export function proves({ runs, voidRuns, violations }: FaultResult): boolean {
  return violations.length === 0 && runs - voidRuns > 0;
}
