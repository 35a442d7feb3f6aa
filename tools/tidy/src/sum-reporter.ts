import type { SerializedError } from "vitest";
import type { Reporter, TestModule } from "vitest/node";

/** How a run ended. A file that did not load, a hook that threw and an error nobody caught each count as a failure. */
export type Sum = {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** The variables that skipped tests wait for. */
  readonly waitsFor: readonly string[];
};

/** One test as the sum sees it. `name` has its groups in front. */
export type Outcome = { readonly state: "passed" | "failed" | "skipped" | "pending"; readonly name: string };

/** How to come by what a variable names. Servers that want passwords serve all tests that want servers. */
const SERVERS = "`npm run servers -- --secure`, then `set -a; . .servers/settings.env; set +a`";
const HOW: Readonly<Record<string, string>> = {
  NATS_SERVERS: SERVERS,
  CASSANDRA_CONTACT_POINTS: SERVERS,
  REDIS_URL: SERVERS,
  TEST_SECRETS: SERVERS,
  PROMTOOL_PATH: "set PROMTOOL_PATH to a promtool (Debian has it in prometheus)",
};

const VARIABLE = /[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+/g;
const NEEDS = new RegExp(`\\bneeds (${VARIABLE.source}(?:(?:, | and )${VARIABLE.source})*)`, "g");

/** What a test is waiting for, by its name: `needs ONE_VARIABLE`, `needs ONE_VARIABLE and ANOTHER_ONE`. */
function variablesOf(name: string): string[] {
  return [...name.matchAll(NEEDS)].flatMap(([, list = ""]) => list.match(VARIABLE) ?? []);
}

/**
 * Adds up a run. A skipped test names the variables it waits for; skipped although all of them are set, it counts as
 * failed, and so does a test that never ended.
 */
export function sumOf(outcomes: Iterable<Outcome>, brokenCount: number, isSet: (variable: string) => boolean): Sum {
  let passed = 0;
  let failed = brokenCount;
  let skipped = 0;
  const waitsFor = new Set<string>();
  for (const { state, name } of outcomes) {
    const variables = variablesOf(name);
    if (state === "passed") passed++;
    else if (state === "skipped" && (variables.length === 0 || !variables.every(isSet))) {
      skipped++;
      for (const variable of variables) if (!isSet(variable)) waitsFor.add(variable);
    } else failed++;
  }
  return { passed, failed, skipped, waitsFor: [...waitsFor].sort() };
}

/** What was left out and how to include it, in one line; nothing where nothing was, or where no variable would help. */
export function leftOutLine({ skipped, waitsFor }: Sum): string | undefined {
  if (waitsFor.length === 0) return undefined;
  const how = [...new Set(waitsFor.map((variable) => HOW[variable] ?? `set ${variable}`))];
  return `left out: ${skipped} tests that need ${waitsFor.join(", ")}; to include them: ${how.join("; ")}`;
}

/** The line that ends a run; skipped tests are named only where there are some. */
export function sumLine({ passed, failed, skipped }: Omit<Sum, "waitsFor">): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** Prints `N passed, N failed` as the last line of a run, before it what was left out. A failure that only the sum knows sets exit code 1. */
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
      const leftOut = leftOutLine(sum);
      if (leftOut !== undefined) print(leftOut);
      print(sumLine(sum));
    },
  };
}
