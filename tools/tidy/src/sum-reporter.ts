import type { SerializedError } from "vitest";
import type { Reporter, TestModule } from "vitest/node";

/** How a run ended. A file that did not load, a hook that threw and an error nobody caught each count as a failure. */
export type Sum = { readonly passed: number; readonly failed: number; readonly skipped: number };

/** One test as the sum sees it. `name` has its groups in front. */
export type Outcome = { readonly state: "passed" | "failed" | "skipped" | "pending"; readonly name: string };

const VARIABLE = /\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g;

/**
 * Adds up a run. A skipped test names the variable it waits for; skipped although `isSet` that variable,
 * it counts as failed, and so does a test that never ended.
 */
export function sumOf(outcomes: Iterable<Outcome>, brokenCount: number, isSet: (variable: string) => boolean): Sum {
  let passed = 0;
  let failed = brokenCount;
  let skipped = 0;
  for (const { state, name } of outcomes) {
    if (state === "passed") passed++;
    else if (state === "skipped" && !(name.match(VARIABLE) ?? []).some(isSet)) skipped++;
    else failed++;
  }
  return { passed, failed, skipped };
}

/** The line that ends a run; skipped tests are named only where there are some. */
export function sumLine({ passed, failed, skipped }: Sum): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** Prints `N passed, N failed` as the last line of a run. A failure that only the sum knows sets exit code 1. */
export function sumReporter(isSet: (variable: string) => boolean, print: (line: string) => void): Reporter {
  return {
    async onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): Promise<void> {
      const outcomes: Outcome[] = [];
      let brokenCount = unhandled.length;
      for (const module of modules) {
        if (module.errors().length > 0) brokenCount++;
        for (const suite of module.children.allSuites()) if (suite.errors().length > 0) brokenCount++;
        for (const test of module.children.allTests()) {
          outcomes.push({ state: test.result().state, name: test.fullName });
        }
      }
      const sum = sumOf(outcomes, brokenCount, isSet);
      if (sum.failed > 0) process.exitCode = 1;
      // The reporters before this one write in the same turn; theirs comes first.
      await new Promise((resolve) => setImmediate(resolve));
      print(sumLine(sum));
    },
  };
}
