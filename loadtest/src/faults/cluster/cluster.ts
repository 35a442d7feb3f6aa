import { sleep } from "@guildhall/kernel";
import { until } from "@guildhall/testkit";
import { spreadOf } from "../../report/spread.ts";
import { drawSeed, seededRandom } from "../random.ts";
import { countsOf, notesOf, type RecordedRun, recordedRun, untestedIn, violationsOf } from "../recorded-run.ts";
import type { FaultResult, FaultScenario, Size, Surroundings } from "../scenario.ts";
import { watchMemory } from "../workload/memory.ts";
import { Workload, type WorkloadPlan } from "../workload/workload.ts";
import type { Accident, Scene } from "./accident.ts";
import { ACCIDENTS } from "./accidents.ts";
import { Stalls } from "./stalls.ts";
import { shortMemory } from "./store-away.ts";
import { System } from "./system.ts";

/** Load before an accident, ms: this long at least, and up to so much longer. */
const LOAD_MIN_MS = 1_000;
const LOAD_MORE_MS = 2_000;
/** Until every group is answered after an accident was mended, and until every client is back. */
const MENDED_MAX_MS = 90_000;
const REPEATED = 25;
/** CI shares its machine. */
const MARGIN: Readonly<Record<Size, number>> = { quick: 2, full: 1 };

/** Requests in flight, a device: in the full form as much as this machine answers. */
const WINDOW: Readonly<Record<Size, number>> = { quick: 4, full: 8 };

function planOf(size: Size): WorkloadPlan {
  return {
    people: 4,
    devicesEach: 2,
    groups: 8,
    manner: {
      window: WINDOW[size],
      textLength: 80,
      filler: "canary ",
      repeat: 0.05,
      reuse: 0.02,
      read: 0.02,
      double: 0.03,
    },
    court: true,
  };
}

/** The most that each process of ours may have in memory of its own. */
const MEMORY_MAX_MIB = 512;

/** What one accident came to, ms. */
type Recovery = {
  readonly stallMs: number;
  /** Of each group. */
  readonly stallsMs: readonly number[];
  readonly backMs: number;
};

export const cluster: FaultScenario = {
  name: "cluster",
  about: "each process and each server of a cluster is killed, stopped for a while and started anew under load",
  maxS: { quick: 900, full: 3_600 },
  run,
};

async function run(size: Size, { env, say, closers, seed = drawSeed(), minutes }: Surroundings): Promise<FaultResult> {
  const random = seededRandom(seed);
  const system = await System.start({ ...env, ...shortMemory(size) }, random.fork("gateways"), closers);
  const history = await recordedRun(closers);
  const workload = await Workload.make(system, planOf(size), history.recorder, random);
  closers.defer(() => workload.stop());
  const stalls = new Stalls(workload);
  const memory = watchMemory(history.recorder, () => system.members, MEMORY_MAX_MIB);
  closers.defer(() => memory[Symbol.dispose]());
  workload.speak();

  const violations: string[] = [];
  const notes = [`seed ${seed}`];
  const scene: Scene = {
    system,
    workload,
    random,
    size,
    violate: (what) => violations.push(what),
    note: (what) => notes.push(what),
  };
  const recoveries = new Map<Accident, Recovery[]>(ACCIDENTS.map((accident) => [accident, []]));
  for (const accident of beginning(ACCIDENTS, size, minutes)) {
    const done = recoveries.get(accident) ?? [];
    await sleep(LOAD_MIN_MS + random.below(LOAD_MORE_MS));
    const recovery = await one(`${accident.name} ${done.length + 1}`, accident, scene, history, stalls);
    done.push(recovery);
    say(`${accident.name}: longest without an answer ${ms(recovery.stallMs)}, all back after ${ms(recovery.backMs)}`);
    const mostMs = accident.stallMaxMs * MARGIN[size];
    if (recovery.stallMs > mostMs)
      violations.push(
        `${accident.name}: a group was without an answer for ${ms(recovery.stallMs)}, over ${ms(mostMs)}`,
      );
  }
  for (const [accident, done] of recoveries) {
    if (done.length < accident.times[size])
      notes.push(`${accident.name}: ${done.length} of ${accident.times[size]} times`);
    if (done.length === 0) continue;
    const p99Ms = p99Of(done.flatMap(({ stallsMs }) => stallsMs));
    notes.push(`${noteOf(accident, done)}; p99 of all groups ${ms(p99Ms)}`);
  }
  // The history says more of it than the one sentence.
  await workload.quiet().catch((error: unknown) => violations.push(String(error)));
  await workload.stop();
  await workload.readEverything();
  memory[Symbol.dispose]();
  const verdict = await history.verify(true);
  return {
    ...countsOf(verdict),
    violations: [...violations, ...violationsOf(verdict, history.path), ...workload.complaints, ...untestedIn(verdict)],
    notes: [...notes, ...notesOf(verdict)],
  };
}

/** Each accident in its turn, then each that happens more often once more; none after so many minutes. */
function* beginning(all: readonly Accident[], size: Size, minutes = Number.POSITIVE_INFINITY): Generator<Accident> {
  const endMs = performance.now() + minutes * 60_000;
  const most = Math.max(...all.map(({ times }) => times[size]));
  for (let time = 1; time <= most; time++)
    for (const accident of all) if (accident.times[size] >= time && performance.now() < endMs) yield accident;
}

/** @throws Error where a group is not answered, or a client not back, long after all was mended. */
async function one(
  fault: string,
  accident: Accident,
  scene: Scene,
  { recorder }: RecordedRun,
  stalls: Stalls,
): Promise<Recovery> {
  const { workload, size } = scene;
  stalls.begin();
  const stall = { groups: workload.groups, maxMs: accident.stallMaxMs * MARGIN[size] };
  recorder.record({ op: "fault_on", fault, stall });
  await accident.happen(scene);
  recorder.record({ op: "fault_off", fault });
  const mendedMs = performance.now();
  await until(() => stalls.allSince(mendedMs), MENDED_MAX_MS);
  await until(() => workload.devices.every((device) => device.ready), MENDED_MAX_MS);
  const backMs = performance.now() - mendedMs;
  for (const speaker of workload.speakers) speaker.repeatNewest(REPEATED);
  return { stallMs: stalls.longestMs, stallsMs: stalls.ofGroups, backMs };
}

function p99Of(values: readonly number[]): number {
  const rising = values.toSorted((a, b) => a - b);
  return rising[Math.ceil(rising.length * 0.99) - 1] ?? 0;
}

function noteOf({ name }: Accident, recoveries: readonly Recovery[]): string {
  const of = (what: (one: Recovery) => number) => {
    const { min, median, max } = spreadOf(recoveries.map(what));
    return [min, median, max].map(Math.round).join(" / ");
  };
  return `${name}: longest without an answer, ms ${of(({ stallMs }) => stallMs)}; all back, ms after it was mended ${of(({ backMs }) => backMs)}`;
}

const ms = (value: number): string => `${Math.round(value)} ms`;
