import { sleep } from "@guildhall/kernel";
import { until } from "@guildhall/testkit";
import type { Recorder } from "@guildhall/testkit/history";
import { drawSeed, type Random, seededRandom } from "../random.ts";
import { countsOf, notesOf, recordedRun, untestedIn, violationsOf } from "../recorded-run.ts";
import type { FaultResult, FaultScenario, Size, Surroundings } from "../scenario.ts";
import { MortalServer } from "../server.ts";
import { watchMemory } from "../workload/memory.ts";
import { Workload, type WorkloadPlan } from "../workload/workload.ts";

const KILLS: Readonly<Record<Size, number>> = { quick: 8, full: 50 };
/** Load before a kill, ms: this long at least, and up to so much longer. */
const LOAD_MIN_MS = 150;
const LOAD_MORE_MS = 850;
/** Before some restarts a process is killed while it is still starting. */
const KILLED_STARTING = 0.15;
const STARTING_MIN_MS = 100;
const STARTING_MORE_MS = 1_500;
/** Messages of each person that are repeated after a restart, answered before it. */
const REPEATED = 25;
/** Until the first message is answered after a kill. */
const ANSWERED_MAX_MS = 90_000;
/** A group may be without an answer for so long, killed starts included. */
const STALL_MAX_MS = 30_000;
/** The most that the server may have in memory of its own. */
const MEMORY_MAX_MIB = 512;

const PLAN: WorkloadPlan = {
  people: 4,
  devicesEach: 2,
  groups: 3,
  manner: { window: 6, textLength: 80, filler: "canary ", repeat: 0.05, reuse: 0.03, read: 0.03, double: 0.03 },
  court: true,
};

export const crash: FaultScenario = {
  name: "crash",
  about: "the server is killed with kill -9 at random moments under load, and started again",
  maxS: { quick: 180, full: 1_800 },
  run,
};

/** Times of restarts, ms. */
type Recoveries = { readonly startedMs: number[]; readonly answeredMs: number[]; killedStarting: number };

async function run(size: Size, { env, say, closers, seed = drawSeed() }: Surroundings): Promise<FaultResult> {
  const random = seededRandom(seed);
  const server = await MortalServer.make({ env }, closers);
  const history = await recordedRun(closers);
  await server.start();
  const workload = await Workload.make(server, PLAN, history.recorder, random);
  closers.defer(() => workload.stop());
  const memory = watchMemory(
    history.recorder,
    () => (server.pid === undefined ? [] : [{ name: "server", pid: server.pid }]),
    MEMORY_MAX_MIB,
  );
  closers.defer(() => memory[Symbol.dispose]());
  workload.speak();

  const recoveries: Recoveries = { startedMs: [], answeredMs: [], killedStarting: 0 };
  for (let kill = 1; kill <= KILLS[size]; kill++) {
    await sleep(LOAD_MIN_MS + random.below(LOAD_MORE_MS));
    await killAndRecover(`kill ${kill}`, server, workload, history.recorder, random, recoveries);
    if (kill % 10 === 0) say(`crash: ${kill} kills`);
  }
  await workload.quiet();
  // What is read at the end comes from the disk alone.
  await workload.stop();
  await server.kill();
  await server.start();
  await workload.readEverything();

  memory[Symbol.dispose]();
  const verdict = await history.verify(true);
  const never = [
    ...(verdict.repeats === 0 ? ["no repeat ever got its first answer: the run proves nothing of repeats"] : []),
    ...(verdict.conflicts === 0 ? ["no nonce was ever a CONFLICT: the run proves nothing of conflicts"] : []),
  ];
  return {
    ...countsOf(verdict),
    violations: [...violationsOf(verdict, history.path), ...workload.complaints, ...untestedIn(verdict), ...never],
    notes: [
      `seed ${seed}`,
      ...notesOf(verdict),
      `attempts in flight at a kill: ${spread(verdict.faults.map(({ met: count }) => count))}; of unknown outcome: ${spread(verdict.faults.map(({ lost }) => lost))}`,
      `from start to serving, ms: ${spread(recoveries.startedMs)}; from kill to the first answered message, ms: ${spread(recoveries.answeredMs)}`,
      `processes killed while starting: ${recoveries.killedStarting}`,
    ],
  };
}

async function killAndRecover(
  fault: string,
  server: MortalServer,
  workload: Workload,
  recorder: Recorder,
  random: Random,
  recoveries: Recoveries,
): Promise<void> {
  const killedMs = performance.now();
  recorder.record({ op: "fault_on", fault, stall: { groups: workload.groups, maxMs: STALL_MAX_MS } });
  await server.kill();
  recorder.record({ op: "fault_off", fault });
  if (random.chance(KILLED_STARTING)) {
    const starting = server.start().catch(() => undefined);
    await sleep(STARTING_MIN_MS + random.below(STARTING_MORE_MS));
    await server.kill();
    await starting;
    recoveries.killedStarting++;
  }
  recoveries.startedMs.push(await server.start());
  const { answered } = workload;
  await until(() => workload.answered > answered, ANSWERED_MAX_MS);
  recoveries.answeredMs.push(performance.now() - killedMs);
  await workload.ready();
  for (const speaker of workload.speakers) speaker.repeatNewest(REPEATED);
}

/** `least / median / most`. */
function spread(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b).map(Math.round);
  return `${sorted[0] ?? 0} / ${sorted[Math.floor(sorted.length / 2)] ?? 0} / ${sorted.at(-1) ?? 0}`;
}
