import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Seeded } from "@guildhall/kernel/seeded";
import { describe, expect, test } from "vitest";

type Found = { readonly fault: Seeded; readonly file: string; readonly by: string };

/** Faults that a test finds where a simulation and a history cannot, and the test that does. */
const FOUND: readonly Found[] = [
  {
    fault: "allow-unanswered",
    file: "libs/permit/src/sidecar.test.ts",
    by: "what is not answered in time is unknown",
  },
  {
    fault: "repeat-any-statement",
    file: "libs/store/src/cassandra-retry.test.ts",
    by: "what takes the schema's lock is not repeated",
  },
];
const FOUND_ON_NATS: readonly Found[] = [
  { fault: "discard-old", file: "libs/journal/src/jetstream.test.ts", by: "a full journal refuses" },
];

const RUN_MAX_MS = 60_000;
const root = fileURLToPath(new URL("../../../..", import.meta.url));

/** Runs one test of a file by itself, with the fault built in or none. What it printed, and whether it failed. */
function run({ file, by }: Found, fault: Seeded | ""): Promise<{ readonly failed: boolean; readonly output: string }> {
  // The runner that runs this file tells its own processes things that another runner must not take for its own.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("VITEST")));
  const args = ["node_modules/vitest/vitest.mjs", "run", "--no-color", file, "-t", by];
  const options = { cwd: root, env: { ...env, GUILDHALL_SEEDED: fault }, timeout: RUN_MAX_MS };
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) =>
      resolve({ failed: error !== null, output: stdout + stderr }),
    );
  });
}

async function isFound(found: Found): Promise<void> {
  const without = await run(found, "");
  expect(without.output).toMatch(/Tests +1 passed/);
  const built = await run(found, found.fault);
  expect(built.failed).toBe(true);
  expect(built.output).toMatch(/Tests +1 failed/);
  expect(built.output).toMatch(/AssertionError/);
}

test.each(FOUND)("$fault is found by the test of what it breaks", { timeout: 2 * RUN_MAX_MS }, isFound);

describe.skipIf(process.env["NATS_SERVERS"] === undefined)("needs NATS_SERVERS", () => {
  test.each(FOUND_ON_NATS)("$fault is found by the test of what it breaks", { timeout: 2 * RUN_MAX_MS }, isFound);
});
