import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import type { Summary } from "./seeds.ts";

/** Seeds of one process, and processes, two of them at a time: 2,000 seeds in all. */
const CHUNK = 250;
const CHUNKS = 8;
const AT_ONCE = 2;
const CHUNK_MAX_MS = 240_000;

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../..", import.meta.url));

/** The last line of the simulation's own output, whether it found something or not. */
async function simulation(...args: string[]): Promise<Summary & { readonly rules: readonly object[] }> {
  const command = ["--conditions=seeded", "--conditions=source", "--import", "tsx", "services/standalone/sim/main.ts"];
  const options = { cwd: root, maxBuffer: 64 * 1024 * 1024, timeout: CHUNK_MAX_MS };
  const { stdout } = await run(process.execPath, [...command, ...args], options).catch((error: { stdout?: string }) => {
    if (error.stdout === undefined || error.stdout === "") throw error;
    return { stdout: error.stdout };
  });
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
}

const met = new Map<string, number>();

for (let chunk = 0; chunk < CHUNKS; chunk += AT_ONCE) {
  const froms = Array.from({ length: AT_ONCE }, (_, i) => 1 + (chunk + i) * CHUNK);
  const first = froms[0] ?? 0;
  test(`seeds ${first} to ${first + AT_ONCE * CHUNK - 1} keep every promise`, { timeout: CHUNK_MAX_MS }, async () => {
    const found = await Promise.all(froms.map((from) => simulation("--seeds", String(CHUNK), "--from", String(from))));
    expect(found.flatMap(({ violations }) => violations)).toEqual([]);
    expect(found.map(({ runs }) => runs)).toEqual(froms.map(() => CHUNK));
    for (const { situations } of found) {
      for (const [name, seeds] of Object.entries(situations)) met.set(name, (met.get(name) ?? 0) + seeds);
    }
  });
}

test("over these seeds every situation happened", () => {
  expect([...met].filter(([, seeds]) => seeds === 0)).toEqual([]);
  expect(met.size).toBeGreaterThan(30);
});

test("a seed runs the same again, and another one differently", { timeout: CHUNK_MAX_MS }, async () => {
  const [one, again, other] = await Promise.all(
    ["7", "7", "8"].map((seed) => simulation("--seeds", "5", "--from", seed)),
  );
  expect(again?.hash).toBe(one?.hash);
  expect(other?.hash).not.toBe(one?.hash);
});
