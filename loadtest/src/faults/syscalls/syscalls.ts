import { bundleStandalone } from "../../processes/bundle.ts";
import { drawSeed } from "../random.ts";
import type { FaultResult, FaultScenario, Size, Surroundings } from "../scenario.ts";
import { type RunResult, runPoint } from "./one-run.ts";
import { allPoints, nameOf, type Point, spread } from "./points.ts";
import { Templates } from "./templates.ts";
import { untraceable } from "./trace.ts";
import { tracedTalk } from "./traced-talk.ts";

/** Points of the short form, and the times after which no more are begun. */
const QUICK_POINTS = 40;
const BEGUN_MAX_MS: Readonly<Record<Size, number>> = { quick: 80_000, full: 100 * 60_000 };
/** How often it says how far it is, and how long the rest may take. */
const SAY_EVERY = 100;
/** The short form proves little below this many runs. */
const QUICK_LEAST = 12;
/** Runs side by side: each is one process that computes at a time. */
const LANES = 2;

/** Faults at the calls that write and sync the data folder. */
export const SYSCALLS: FaultScenario = {
  name: "syscalls",
  about: "kill, EIO, ENOSPC and short writes at every write and sync of the data folder: what was answered stands",
  maxS: { quick: 150, full: 7_200 },
  run: sweep,
};

async function sweep(
  size: Size,
  { env, say, closers, minutes, seed = drawSeed() }: Surroundings,
): Promise<FaultResult> {
  const why = untraceable();
  if (why !== undefined) return skipped(why, env);
  const templates = closers.use(await Templates.open(await bundleStandalone(), env));
  const counts = await templates.counts();
  const all = allPoints(counts);
  // In an order of which every beginning is spread evenly, so that a run that is cut short has met some of everything.
  const points = spread(all, size === "full" ? all.length : QUICK_POINTS, seed);
  const untilMs = Date.now() + Math.min(BEGUN_MAX_MS[size], (minutes ?? Number.POSITIVE_INFINITY) * 60_000);
  say(`syscalls: ${points.length} of ${all.length} points, seed ${seed}`);
  const results = await inLanes(points, untilMs, (point) => runPoint(point, templates), say);
  const violations = [...(await tracedTalk(templates)), ...results.flatMap((result) => result.violations)];
  if (results.length < Math.min(points.length, QUICK_LEAST)) {
    violations.push(`only ${results.length} of ${points.length} points in time`);
  }
  const calls = [...counts].map(
    ([part, of]) => `"${part}" makes ${[...of].map(([call, count]) => `${count} ${call}`).join(", ")}`,
  );
  return {
    ...sumOf(results),
    violations,
    notes: [`seed ${seed}, ${results.length} of ${all.length} points`, ...calls],
  };
}

/** Where nobody may trace there is nothing to say, but CI must be able to. */
function skipped(why: string, env: NodeJS.ProcessEnv): FaultResult {
  const isCi = (env["CI"] ?? "") !== "";
  return {
    ...sumOf([]),
    violations: isCi ? [`skipped, which CI must not: ${why}`] : [],
    notes: [`skipped: ${why}`],
  };
}

function sumOf(results: readonly RunResult[]): FaultResult {
  const count = (of: (result: RunResult) => number): number => results.reduce((sum, result) => sum + of(result), 0);
  return {
    runs: results.length,
    voidRuns: count(({ met }) => (met ? 0 : 1)),
    faultsInFlight: count(({ inFlight }) => (inFlight ? 1 : 0)),
    acknowledged: count(({ acknowledged }) => acknowledged),
    unknown: count(({ unknown }) => unknown),
    violations: [],
    notes: [],
  };
}

function progress(done: number, of: number, ms: number): string {
  return `syscalls: ${done} of ${of} points, about ${Math.ceil(((of - done) * ms) / done / 60_000)} min more`;
}

async function inLanes(
  points: readonly Point[],
  untilMs: number,
  run: (point: Point) => Promise<RunResult>,
  say: (text: string) => void,
): Promise<RunResult[]> {
  const results: RunResult[] = [];
  const waiting = points.values();
  const startedMs = Date.now();
  const lane = async (): Promise<void> => {
    for (const point of waiting) {
      if (Date.now() > untilMs) return;
      const result = await run(point).catch(
        (error: unknown): RunResult => ({
          met: true,
          inFlight: false,
          acknowledged: 0,
          unknown: 0,
          inLibrary: false,
          violations: [`${nameOf(point)}: ${error instanceof Error ? error.message : String(error)}`],
        }),
      );
      for (const text of result.violations) say(`VIOLATION ${text}`);
      results.push(result);
      if (results.length % SAY_EVERY === 0) say(progress(results.length, points.length, Date.now() - startedMs));
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return results;
}
