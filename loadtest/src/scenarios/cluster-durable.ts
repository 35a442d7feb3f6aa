import { sleep } from "@guildhall/kernel";
import { makePeople } from "../clients/people.ts";
import { storedMessages } from "../connections/stored-messages.ts";
import { forEach, Notes } from "../driver/crowd.ts";
import type { Person } from "../driver/messages.ts";
import { asServer, type ClusterProcess, runningCluster } from "../processes/cluster.ts";
import { type Lag, lagOf } from "../report/lag.ts";
import { processCpuSeconds } from "../report/process-cpu.ts";
import { shortNumber, tableOf } from "../report/table.ts";
import type { Bound, Verdict } from "../report/verdict.ts";
import { least, most } from "./crowds.ts";
import { connect, oneRound, warmUpOf } from "./group.ts";
import type { GroupPlan, Round } from "./group-plan.ts";
import { faultsOf } from "./group-report.ts";
import type { LoadSize, Measured, MeasuredScenario } from "./measured.ts";
import type { Surroundings } from "./surroundings.ts";

const NAME = "cluster-durable";
/** Of the machine that the bound is for. Where others use it meanwhile, the CPU a message says what it could do alone. */
const CORES = 2;
const GATEWAYS = 2;
const MESSAGES_MIN_PER_S = 4_000;
const LAG_MAX_S = 30;
const CAUGHT_UP_MAX_S = 60;
/** How often the fanouts are asked meanwhile, and at the end how long, ms. */
const LOOK_EVERY_MS = 1_000;
const LOOK_AT_END_MS = 100;
const CATCHING_UP_MAX_MS = 180_000;

/** Both members of a group speak, each at a gateway of their own. */
const COMMON = {
  groups: 20,
  members: 2,
  senders: 2,
  window: 60,
  bytes: 100,
  rate: 0,
  warmUpMessages: 0,
  warmUpRate: 0,
  rounds: 1,
  targets: ["guildhall"],
} as const;
export const PLANS: Readonly<Record<LoadSize, GroupPlan>> = {
  full: { ...COMMON, warmUpSeconds: 10, seconds: 60 },
  short: { ...COMMON, warmUpSeconds: 5, seconds: 10 },
};

type Storing = {
  /** The greatest while the round lasted, and when it had ended. */
  readonly most: Lag;
  readonly atEnd: Lag;
  /** Until everything was stored; Infinity where it was not. */
  readonly caughtUpS: number;
};

/** What is acknowledged a second, how far the store is behind it, and that all of it is read at the end. */
export const clusterDurable: MeasuredScenario = {
  name: NAME,
  about: "messages acknowledged a second over 20 groups of a cluster that runs, and how far the store is behind",
  async run(size, around, closers) {
    const plan = PLANS[size];
    const cluster = await runningCluster();
    const urls = cluster.gateways.slice(0, GATEWAYS).map(({ url }) => url);
    if (urls.length < GATEWAYS) throw new Error("the cluster has one gateway: npm run cluster -- add gateway");
    const where = asServer(cluster, urls, cluster.processes);
    const people = await makePeople(cluster.api, cluster.operatorKey, plan.groups * plan.members);
    const target = await connect("guildhall", where, people, plan, { ...around, where }, closers);

    around.say("warming up");
    const warmUp = await oneRound(target, warmUpOf(plan), around);
    const before = await cpuByKind(cluster.everything);
    const watch = watching(cluster.fanouts);
    around.say(`${plan.seconds} s`);
    const round = await oneRound(target, plan, around);
    const spent = await cpuByKind(cluster.everything);
    for (const [kind, cpuS] of before) spent.set(kind, (spent.get(kind) ?? 0) - cpuS);
    const storing = await caughtUp(cluster.fanouts, await watch.end(), around);

    await target.driver[Symbol.asyncDispose]();
    around.say("reading everything");
    const sent = warmUp.messages + round.messages - warmUp.refused - round.refused;
    const reading = await readAll(target.groups, urls, people, plan);
    const wrong = [
      ...faultsOf(warmUp, plan.members).map((fault) => `warm-up: ${fault}`),
      ...faultsOf(round, plan.members),
      ...reading.notes,
    ];
    return measured(plan, { round, storing, spent, reading, sent }, wrong);
  },
};

/** Asks the fanouts now and then until it is told to end; resolves with the greatest lag it has seen. */
function watching(fanouts: readonly string[]): { end(): Promise<Lag> } {
  let most: Lag = { seconds: 0, records: 0 };
  const ended = new AbortController();
  const running = (async () => {
    while (!ended.signal.aborted) {
      const lag = await lagOf(fanouts);
      most = { seconds: Math.max(most.seconds, lag.seconds), records: Math.max(most.records, lag.records) };
      await sleep(LOOK_EVERY_MS);
    }
    return most;
  })();
  return {
    end: () => {
      ended.abort();
      return running;
    },
  };
}

/** Waits until everything acknowledged is stored. */
async function caughtUp(fanouts: readonly string[], most: Lag, { say }: Surroundings): Promise<Storing> {
  const startMs = performance.now();
  const atEnd = await lagOf(fanouts);
  for (let lag = atEnd; lag.records > 0; lag = await lagOf(fanouts)) {
    const waitedMs = performance.now() - startMs;
    if (waitedMs > CATCHING_UP_MAX_MS) return { most, atEnd, caughtUpS: Number.POSITIVE_INFINITY };
    say(`  the store is ${lag.records} records and ${lag.seconds} s behind`);
    await sleep(LOOK_AT_END_MS);
  }
  return { most, atEnd, caughtUpS: (performance.now() - startMs) / 1_000 };
}

type Reading = {
  readonly holes: number;
  readonly messages: number;
  readonly distinct: number;
  readonly notes: readonly string[];
};

/** All groups, page by page, each at another gateway than the one before. */
async function readAll(
  groups: readonly number[],
  urls: readonly string[],
  people: readonly Person[],
  { members }: GroupPlan,
): Promise<Reading> {
  const notes = new Notes();
  const sum = { holes: 0, messages: 0, distinct: 0 };
  await forEach(groups.length, async (number) => {
    const person = people[number * members];
    const [g, url] = [groups[number], urls[number % urls.length]];
    if (person === undefined || g === undefined || url === undefined)
      throw new RangeError(`there is no group ${number}`);
    const read = await storedMessages(url, person, g, notes);
    sum.holes += read.holes;
    sum.messages += read.messages;
    sum.distinct += read.distinct;
  });
  return { ...sum, notes: notes.texts };
}

/** CPU seconds by kind of process; empty where the machine does not tell. */
async function cpuByKind(processes: readonly ClusterProcess[]): Promise<Map<string, number>> {
  const sum = new Map<string, number>();
  for (const { kind, pid } of processes) {
    const cpuS = await processCpuSeconds(pid);
    if (cpuS !== undefined) sum.set(kind, (sum.get(kind) ?? 0) + cpuS);
  }
  return sum;
}

type Found = {
  readonly round: Round;
  readonly storing: Storing;
  readonly spent: ReadonlyMap<string, number>;
  readonly reading: Reading;
  readonly sent: number;
};

function measured(
  plan: GroupPlan,
  { round, storing, spent, reading, sent }: Found,
  wrong: readonly string[],
): Measured {
  const acknowledgedPerS = (round.messages - round.refused - round.unanswered) / round.seconds;
  const missing = sent - reading.distinct + reading.holes;
  const lag = ({ seconds, records }: Lag): string => `${shortNumber(seconds)} s, ${shortNumber(records)} records`;
  const cpu = [...spent, ["the driver", round.driverCpuSeconds] as const];
  const allUs = (cpu.reduce((sum, [, cpuS]) => sum + cpuS, 0) / round.messages) * 1e6;
  const table = tableOf([
    ["acknowledged", shortNumber(round.messages - round.refused)],
    ["acknowledged a second", shortNumber(acknowledgedPerS)],
    ["answer p50, p99, max, ms", [round.answer.p50, round.answer.p99, round.answer.max].map(shortNumber).join(" · ")],
    ["delivery p50, p99, ms", [round.delivery.p50, round.delivery.p99].map(shortNumber).join(" · ")],
    ["store behind, at most", lag(storing.most)],
    ["store behind, at the end", lag(storing.atEnd)],
    ["s until it was not", shortNumber(storing.caughtUpS)],
    ["read at the end: messages, holes", [reading.messages, reading.holes].map(shortNumber).join(" · ")],
    ["CPU of all: µs a message", shortNumber(allUs)],
    [`messages/s that ${CORES} cores have the CPU for`, shortNumber((CORES * 1e6) / allUs)],
    ...cpu.map(([kind, cpuS]) => [
      `CPU of ${kind}: s, µs a message`,
      [cpuS, (cpuS / round.messages) * 1e6].map(shortNumber).join(" · "),
    ]),
  ]);
  const head = `${plan.groups} groups of ${plan.members} at ${GATEWAYS} gateways, ${plan.window} in flight each, ${plan.bytes}-byte texts, ${plan.seconds} s`;
  const verdict = (measure: string, value: number, bound: Bound): Verdict => ({
    scenario: NAME,
    measure,
    spread: { min: value, median: value, max: value },
    bound,
  });
  const doubled = reading.messages - reading.distinct;
  return {
    verdicts: [
      verdict("messages/s acknowledged", acknowledgedPerS, least(MESSAGES_MIN_PER_S)),
      verdict("store behind at the end, s", storing.atEnd.seconds, most(LAG_MAX_S)),
      verdict("s until nothing is behind", storing.caughtUpS, most(CAUGHT_UP_MAX_S)),
      verdict("acknowledged and not read, or read twice", Math.abs(missing) + doubled, most(0)),
    ],
    text: [head, "", table, ...wrong].join("\n"),
    ok: wrong.length === 0,
  };
}
