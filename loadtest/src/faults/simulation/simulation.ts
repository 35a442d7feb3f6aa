import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { FaultResult, FaultScenario, Size, Surroundings } from "../scenario.ts";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
/** 2,000 seeds are in the tests. */
const SEEDS: Readonly<Record<Size, number>> = { quick: 300, full: 20_000 };
/** Seeds a rule that is switched off has until one of them fails. */
const RULE_SEEDS: Readonly<Record<Size, number>> = { quick: 400, full: 2_000 };
const MAX_S: Readonly<Record<Size, number>> = { quick: 420, full: 3_600 };
const OUTPUT_MAX_BYTES = 64 * 1024 * 1024;

type Found = { readonly rule: string; readonly seed?: number; readonly seeds: number };
/** The last line of the simulation's output. */
type Report = {
  readonly violations: readonly string[];
  readonly cpuS: number;
  readonly rules: readonly Found[];
  readonly runs: number;
  readonly voidRuns: number;
  readonly faultsInFlight: number;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly virtualS: number;
  readonly situations: Readonly<Record<string, number>>;
};

/** The real services under one seed at a time, with every rule of the commit path switched off in turn. */
export const simulation: FaultScenario = {
  name: "simulation",
  about: "crashes, pauses, lost and late news under a seed: every promise holds, and breaks with a rule switched off",
  maxS: MAX_S,
  run: simulate,
};

async function simulate(size: Size, { env }: Surroundings): Promise<FaultResult> {
  const report = await reportOf(size, env);
  const { runs, voidRuns, faultsInFlight, acknowledged, unknown, violations, rules, situations, virtualS } = report;
  const found = rules.map(({ rule, seed }) => `${rule} by seed ${seed ?? "none"}`);
  const rarest = Object.entries(situations).sort(([, one], [, other]) => one - other)[0];
  return {
    runs,
    voidRuns,
    faultsInFlight,
    acknowledged,
    unknown,
    violations,
    notes: [
      `${runs} seeds, ${virtualS} s of their own time, ${report.cpuS.toFixed(0)} s of CPU with the rules`,
      `the rarest situation is ${rarest?.[0] ?? "none"}, in ${rarest?.[1] ?? 0} seeds`,
      `switched off and found: ${found.join(", ")}`,
    ],
  };
}

/** It is ended with its time, and what it has said by then is not used. */
async function reportOf(size: Size, env: NodeJS.ProcessEnv): Promise<Report> {
  const main = ["--conditions=seeded", "--conditions=source", "--import", "tsx", "services/standalone/sim/main.ts"];
  const counts = ["--seeds", String(SEEDS[size]), "--rules", String(RULE_SEEDS[size]), "--situations"];
  const options = { cwd: ROOT, env, maxBuffer: OUTPUT_MAX_BYTES, timeout: MAX_S[size] * 1_000 };
  const { stdout } = await promisify(execFile)(process.execPath, [...main, ...counts], options).catch(
    (error: { readonly stdout?: string; readonly code?: unknown }) => {
      // It ends with 1 when it has found something, and has said what.
      if (error.code !== 1 || error.stdout === undefined) throw error;
      return { stdout: error.stdout };
    },
  );
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Report;
}
