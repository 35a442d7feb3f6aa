import type { Encoding } from "@guildhall/proto/tables";
import fc from "fast-check";
import { readCpuSeconds } from "../../report/cpu.ts";
import { startCanary } from "../hostile/canary.ts";
import { type Ground, startGround } from "../hostile/ground.ts";
import { inspectable, type Vitals, vitalsOf } from "../hostile/vitals.ts";
import { drawSeed } from "../random.ts";
import type { FaultResult, FaultScenario, Size, Surroundings } from "../scenario.ts";
import { inputs } from "./inputs.ts";
import { emptyTally, FuzzLane, type Tally } from "./lane.ts";

const INPUTS: Readonly<Record<Size, number>> = { quick: 50_000, full: 1_000_000 };
const LANES = 16;
/** Inputs made at a time, by one seed. */
const BATCH = 1_000;
/** The share of inputs after which memory is looked at first: pools and caches are full by then. */
const WARM_SHARE = 0.4;
const DECODE_P99_MAX_MS = 2;
const ANONYMOUS_MAX_MIB = 16;
const HEAP_MAX_MIB = 2;
const FAULTS_MAX = 20;
const SAY_EVERY = 10;
/** What an orderly client says is remembered for a day: few messages, so that memory tells of the inputs alone. */
const CANARY_EVERY_MS = 250;

/** Numbers of batches, the last left out, and the time after which no more are begun. */
type Stretch = { readonly from: number; readonly to: number; readonly untilMs: number };

/**
 * Sends batches of inputs, each made by a seed of its own: `seed` and the batch's number. Returns the number of the
 * next one.
 */
async function batches(
  { from, to, untilMs }: Stretch,
  seed: number,
  lanes: Record<Encoding, FuzzLane[]>,
  tally: Tally,
): Promise<number> {
  let batch = from;
  for (; batch < to && tally.faults.length < FAULTS_MAX && Date.now() < untilMs; batch++) {
    const encoding: Encoding = batch % 2 === 0 ? "msgpack" : "json";
    const made = fc.sample(inputs(encoding, Date.now()), { numRuns: BATCH, seed: seed + batch });
    const before = tally.faults.length;
    let next = 0;
    await Promise.all(
      lanes[encoding].map(async (lane) => {
        for (let at = next++; at < made.length; at = next++) await lane.send(made[at] ?? new Uint8Array());
      }),
    );
    for (let at = before; at < tally.faults.length; at++) tally.faults[at] += ` (seed ${seed + batch})`;
  }
  return batch;
}

function lanesOn(ground: Ground, tally: Tally): Record<Encoding, FuzzLane[]> {
  const of = (encoding: Encoding) => Array.from({ length: LANES }, () => new FuzzLane(ground, encoding, tally));
  return { msgpack: of("msgpack"), json: of("json") };
}

function canaryFaults(over: boolean, lost: number): string[] {
  return over || lost > 0 ? [`the canary lost ${lost} echoes${over ? " and was hung up on" : ""}`] : [];
}

async function run(size: Size, { env, closers, say, minutes, seed = drawSeed() }: Surroundings): Promise<FaultResult> {
  const inspector = await inspectable(env);
  const ground = await startGround(closers, inspector.env);
  const canary = await startCanary(ground, closers, env, CANARY_EVERY_MS);
  const tally = emptyTally();
  const lanes = lanesOn(ground, tally);
  const committed = await ground.committed();
  await canary.report("begin");

  const all = INPUTS[size] / BATCH;
  const until = (share: number) => Date.now() + (minutes ?? Number.POSITIVE_INFINITY) * 60_000 * share;
  const startedMs = performance.now();
  const [ownCpu, cpu] = [process.cpuUsage(), await readCpuSeconds(ground.server.metrics)];
  const begin = { from: 0, to: Math.floor(all * WARM_SHARE), untilMs: until(WARM_SHARE) };
  const warm = await batches(begin, seed, lanes, tally);
  const before = await vitalsOf(ground, inspector.port);
  const untilMs = until(1 - WARM_SHARE);
  for (let from = warm; from < all && tally.faults.length < FAULTS_MAX && Date.now() < untilMs; ) {
    say(`fuzz: ${from * BATCH} of ${INPUTS[size]} inputs, ${tally.faults.length} faults`);
    from = await batches({ from, to: Math.min(all, from + SAY_EVERY), untilMs }, seed, lanes, tally);
  }
  const seconds = (performance.now() - startedMs) / 1_000;
  const cpuSeconds = (await readCpuSeconds(ground.server.metrics)) - cpu;
  const { user, system } = process.cpuUsage(ownCpu);
  for (const lane of [...lanes.msgpack, ...lanes.json]) lane.end();
  const after = await vitalsOf(ground, inspector.port);
  const { whole, over, lost } = await canary.report("end");
  const decode = tally.decodeMs.toSorted((a, b) => a - b);
  const decodeP99Ms = decode[Math.floor(decode.length * 0.99)] ?? Number.NaN;
  const sent = decode.length;
  return {
    runs: sent,
    voidRuns: 0,
    faultsInFlight: whole.count > 0 ? sent : 0,
    acknowledged: 0,
    unknown: 0,
    violations: [
      ...tally.faults,
      ...canaryFaults(over, lost),
      ...(decodeP99Ms < DECODE_P99_MAX_MS ? [] : [`reading an input takes ${decodeP99Ms.toFixed(2)} ms p99`]),
      ...memoryFaults(before, after),
      ...((await ground.committed()) === committed ? [] : ["something was committed"]),
    ],
    notes: [
      `${sent} inputs from seed ${seed} over ${tally.connections} connections in ${seconds.toFixed(0)} s, ${cpuSeconds.toFixed(0)} CPU s of the server and ${((user + system) / 1e6).toFixed(0)} of ours; read in p99 ${(decodeP99Ms * 1_000).toFixed(0)} us`,
      `answers: ${[...tally.counts]
        .toSorted(([, a], [, b]) => b - a)
        .map(([word, count]) => `${word} ${count}`)
        .join(", ")}`,
      `memory after a forced full collection, MiB of no file / heap: ${before.anonymousMib.toFixed(1)} / ${before.heapMib.toFixed(1)} after ${warm * BATCH} inputs, ${after.anonymousMib.toFixed(1)} / ${after.heapMib.toFixed(1)} at the end`,
      `echoes of an orderly client meanwhile, beside a server that is never idle: p50 ${whole.p50.toFixed(1)} ms, p99 ${whole.p99.toFixed(1)} ms of ${whole.count}`,
    ],
  };
}

function memoryFaults(before: Vitals, after: Vitals): string[] {
  const [anonymous, heap] = [after.anonymousMib - before.anonymousMib, after.heapMib - before.heapMib];
  return [
    ...(anonymous <= ANONYMOUS_MAX_MIB ? [] : [`${anonymous.toFixed(1)} MiB more are resident`]),
    ...(heap <= HEAP_MAX_MIB ? [] : [`${heap.toFixed(1)} MiB more are on the heap`]),
  ];
}

/** Good frames with changes, and anything at all, in both encodings. */
export const fuzz: FaultScenario = {
  name: "fuzz",
  about:
    "changed frames and arbitrary bytes in both encodings: each is answered as its bytes are to be read, nothing is committed, memory stays flat",
  maxS: { quick: 300, full: 7_200 },
  run,
};
