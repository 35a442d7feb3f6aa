import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { FaultResult, FaultScenario, Size, Surroundings } from "../scenario.ts";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
/** 2,000 seeds are in the tests. */
const SEEDS: Readonly<Record<Size, number>> = { quick: 300, full: 20_000 };
/** Seeds a rule that is switched off has until one of them fails. */
const RULE_SEEDS: Readonly<Record<Size, number>> = { quick: 1_500, full: 4_000 };
const MAX_S: Readonly<Record<Size, number>> = { quick: 420, full: 3_600 };
/** Over fewer seeds a situation may not come up. */
const ENOUGH = 300;
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
type Sum = Omit<Report, "rules">;

/** The real services under one seed at a time, with every rule of the commit path switched off in turn. */
export const simulation: FaultScenario = {
  name: "simulation",
  about: "crashes, pauses, lost and late news under a seed: every promise holds, and breaks with a rule switched off",
  maxS: MAX_S,
  run: simulate,
};

async function simulate(size: Size, { env, minutes }: Surroundings): Promise<FaultResult> {
  const half = SEEDS[size] / 2;
  const limit = minutes === undefined ? [] : ["--minutes", String(minutes)];
  const seeds = (from: number) => ["--seeds", String(half), "--from", String(from), ...limit];
  const one = reportOf(seeds(1), size, env).then(async (report) => ({
    report,
    // Begun when a core is free.
    found: await reportOf(["--rules", String(RULE_SEEDS[size])], size, env),
  }));
  const [{ report, found }, other] = await Promise.all([one, reportOf(seeds(half + 1), size, env)]);
  const sum = add(report, other);
  const { runs, voidRuns, faultsInFlight, acknowledged, unknown, situations, virtualS } = sum;
  const never = runs < ENOUGH ? [] : Object.keys(situations).filter((name) => situations[name] === 0);
  const rules = found.rules.map(({ rule, seed }) => `${rule} by seed ${seed ?? "none"}`);
  const rarest = Object.entries(situations).sort(([, a], [, b]) => a - b)[0];
  return {
    runs,
    voidRuns,
    faultsInFlight,
    acknowledged,
    unknown,
    violations: [...sum.violations, ...found.violations, ...never.map((name) => `no seed met: ${name}`)],
    notes: [
      `${runs} seeds, ${virtualS} s of their own time, ${sum.cpuS.toFixed(0)} s of CPU and ${found.cpuS.toFixed(0)} with the rules`,
      `the rarest situation is ${rarest?.[0] ?? "none"}, in ${rarest?.[1] ?? 0} seeds`,
      `switched off and found: ${rules.join(", ")}`,
    ],
  };
}

function add(one: Sum, other: Sum): Sum {
  const situations = Object.entries(one.situations).map(
    ([name, seeds]) => [name, seeds + (other.situations[name] ?? 0)] as const,
  );
  return {
    runs: one.runs + other.runs,
    voidRuns: one.voidRuns + other.voidRuns,
    faultsInFlight: one.faultsInFlight + other.faultsInFlight,
    acknowledged: one.acknowledged + other.acknowledged,
    unknown: one.unknown + other.unknown,
    virtualS: one.virtualS + other.virtualS,
    cpuS: one.cpuS + other.cpuS,
    violations: [...one.violations, ...other.violations],
    situations: Object.fromEntries(situations),
  };
}

/** It is ended with its time, and what it has said by then is not used. */
async function reportOf(args: readonly string[], size: Size, env: NodeJS.ProcessEnv): Promise<Report> {
  const main = ["--conditions=seeded", "--conditions=source", "--import", "tsx", "services/standalone/sim/main.ts"];
  const options = { cwd: ROOT, env, maxBuffer: OUTPUT_MAX_BYTES, timeout: MAX_S[size] * 1_000 };
  const { stdout } = await promisify(execFile)(process.execPath, [...main, ...args], options).catch(
    (error: { readonly stdout?: string; readonly code?: unknown }) => {
      // It ends with 1 when it has found something, and has said what.
      if (error.code !== 1 || error.stdout === undefined) throw error;
      return { stdout: error.stdout };
    },
  );
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "") as Report;
}
