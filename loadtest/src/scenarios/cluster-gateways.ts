import { Closers, sleep } from "@guildhall/kernel";
import {
  asServer,
  type ClusterGateway,
  type ClusterProcess,
  type RunningCluster,
  withGateways,
} from "../processes/cluster.ts";
import { keepOn } from "../processes/cores.ts";
import { readCpuSeconds } from "../report/cpu.ts";
import { spreadOf } from "../report/spread.ts";
import { shortNumber, tableOf } from "../report/table.ts";
import type { Bound, Verdict } from "../report/verdict.ts";
import { least, most } from "./crowds.ts";
import { guildhallTarget, oneRound, type Target, warmUp } from "./group.ts";
import type { GroupPlan, Round } from "./group-plan.ts";
import { faultsOf } from "./group-report.ts";
import type { LoadSize, Measured, MeasuredScenario } from "./measured.ts";
import type { Surroundings } from "./surroundings.ts";

const NAME = "cluster-gateways";
/** Members of one group are spread over this many; the first is what the others are compared with. */
const SPREADS = [1, 2, 4] as const;
const GATEWAYS = 4;
/** What a second, third and fourth gateway may take of the deliveries a CPU second. */
const SHARE_MIN = 0.9;
/** Gateways have a core for themselves, as servers have in the scenarios of one machine; all the others have the second. */
const GATEWAY_CORE = 0;
const OTHERS_CORE = 1;
const EVENT_MAX_US = 3;
const EVENTS_MIN_PER_S = 2_000;

const COMMON = {
  groups: 1,
  senders: 4,
  bytes: 100,
  warmUpRate: 0,
  targets: ["guildhall"],
} as const;
const SPREAD_COMMON = { ...COMMON, window: 64, rate: 20 } as const;
const BUSY_COMMON = { ...COMMON, members: 4, window: 48, rate: 0, rounds: 3 } as const;

/**
 * At a rate at which even one gateway has time for each message by itself. A gateway that has not brings several in one
 * write, which costs less: with more messages a second one gateway is the cheapest because it is behind. On cores that
 * gateways share with drivers and servers, several gateways at work at the same time cost one another and those more
 * than one gateway does. Nine rounds: a round's share is off by a fifth.
 */
export const SPREAD: Readonly<Record<LoadSize, GroupPlan>> = {
  full: { ...SPREAD_COMMON, members: 1_000, warmUpSeconds: 5, warmUpMessages: 20_000, rounds: 9, seconds: 10 },
  short: { ...SPREAD_COMMON, members: 400, warmUpSeconds: 2, warmUpMessages: 0, rounds: 3, seconds: 3 },
};
/** Few members, who say much: in all less than the 200,000 messages whose nonces an owner keeps at hand for one group. */
export const BUSY: Readonly<Record<LoadSize, GroupPlan>> = {
  full: { ...BUSY_COMMON, warmUpSeconds: 5, warmUpMessages: 20_000, seconds: 5 },
  short: { ...BUSY_COMMON, warmUpSeconds: 2, warmUpMessages: 0, seconds: 4 },
};

/** `quietCpuS`: what its gateways took in as long, right before each round, with everybody connected and nobody speaking. */
type Spread = { readonly gateways: number; readonly rounds: readonly Round[]; readonly quietCpuS: readonly number[] };
/** `events` a second while a group was busy, and the CPU that a gateway without a member of it took for them. */
type Beside = {
  readonly eventsPerS: number;
  readonly busyCpuS: number;
  readonly quietCpuS: number;
  /** Of a core, when all is quiet. */
  readonly quietCpuShare: number;
  readonly us: number;
};

/** What more gateways cost: those that share a group's members, and one that has none of them. */
export const clusterGateways: MeasuredScenario = {
  name: NAME,
  about: "clients spread over 1, 2 and 4 gateways of a cluster that runs, and a gateway beside a busy group",
  async run(size, around, closers) {
    const cluster = await withGateways(GATEWAYS, around.say, closers);
    const faults: string[] = [];
    const spreads = await spreadOut(cluster, SPREAD[size], around, faults);
    const beside = await besideBusy(cluster, BUSY[size], around, faults);
    return measured(SPREAD[size], spreads, beside, faults);
  },
};

async function spreadOut(
  cluster: RunningCluster,
  plan: GroupPlan,
  around: Surroundings,
  faults: string[],
): Promise<Spread[]> {
  await using closers = new Closers();
  const isGateway = ({ kind }: ClusterProcess): boolean => kind === "gateway";
  const pidsOf = (all: readonly ClusterProcess[]) => all.map(({ pid }) => pid);
  keepOn(GATEWAY_CORE, pidsOf(cluster.everything.filter(isGateway)), closers);
  // This process hands its core on to the drivers.
  keepOn(OTHERS_CORE, [process.pid, ...pidsOf(cluster.everything.filter((one) => !isGateway(one)))], closers);
  const targets: Target[] = [];
  for (const count of SPREADS)
    targets.push(await targetAt(cluster, cluster.gateways.slice(0, count), plan, around, closers));
  for (const target of targets) faults.push(...(await warmUp(target, plan, around)));
  const spreads = SPREADS.map((gateways) => ({ gateways, rounds: [] as Round[], quietCpuS: [] as number[] }));
  for (let number = 1; number <= plan.rounds; number++) {
    around.say(`round ${number}: all are quiet`);
    const quiet = await quietCpuOf(cluster.gateways, plan.seconds);
    for (const spread of spreads)
      spread.quietCpuS.push(quiet.slice(0, spread.gateways).reduce((sum, cpuS) => sum + cpuS, 0));
    for (const [i, target] of targets.entries()) {
      around.say(`round ${number}: ${SPREADS[i]} gateways`);
      const round = await oneRound(target, plan, around);
      faults.push(...faultsOf(round, plan.members).map((fault) => `${SPREADS[i]} gateways, round ${number}: ${fault}`));
      spreads[i]?.rounds.push(round);
    }
  }
  return spreads;
}

/** A group whose members are at these gateways; the CPU of these gateways counts. */
function targetAt(
  cluster: RunningCluster,
  gateways: readonly ClusterGateway[],
  plan: GroupPlan,
  around: Surroundings,
  closers: Closers,
): Promise<Target> {
  const urls = gateways.map(({ url }) => url);
  const metrics = gateways.map((gateway) => gateway.metrics);
  const where = asServer(cluster, urls, metrics);
  return guildhallTarget(plan, { ...around, where, operatorKey: cluster.operatorKey }, closers);
}

/** A group at the first gateway is busy; the last one has nobody, and takes the group's events from the bus all the same. */
async function besideBusy(
  cluster: RunningCluster,
  plan: GroupPlan,
  around: Surroundings,
  faults: string[],
): Promise<Beside[]> {
  await using closers = new Closers();
  const last = cluster.gateways.at(-1);
  if (last === undefined) throw new Error("there is no gateway");
  const target = await targetAt(cluster, cluster.gateways.slice(0, 1), plan, around, closers);
  faults.push(...(await warmUp(target, plan, around)));
  const all: Beside[] = [];
  for (let number = 1; number <= plan.rounds; number++) {
    around.say(`round ${number}: a busy group at another gateway`);
    const quiet = await cpuOf(last, () => sleep(plan.seconds * 1_000));
    const busy = await cpuOf(last, () => oneRound(target, plan, around));
    const round = busy.result;
    faults.push(...faultsOf(round, plan.members).map((fault) => `busy group, round ${number}: ${fault}`));
    const quietCpuShare = quiet.cpuS / quiet.seconds;
    const quietCpuS = quietCpuShare * busy.seconds;
    all.push({
      eventsPerS: round.messagesPerSecond,
      busyCpuS: busy.cpuS,
      quietCpuS,
      quietCpuShare,
      us: ((busy.cpuS - quietCpuS) / round.messages) * 1e6,
    });
  }
  return all;
}

async function cpuOf<T>(
  { metrics }: ClusterGateway,
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly cpuS: number; readonly seconds: number }> {
  const [beforeS, startMs] = [await readCpuSeconds(metrics), performance.now()];
  const result = await work();
  const cpuS = (await readCpuSeconds(metrics)) - beforeS;
  return { result, cpuS, seconds: (performance.now() - startMs) / 1_000 };
}

/** What each took in that long, s. */
function quietCpuOf(gateways: readonly ClusterGateway[], seconds: number): Promise<number[]> {
  return Promise.all(gateways.map(async (gateway) => (await cpuOf(gateway, () => sleep(seconds * 1_000))).cpuS));
}

/** Deliveries a CPU second of each round, without the CPU that its gateways take when all is quiet, s in all. */
export function yieldsOf(rounds: readonly Round[], quietCpuS: readonly number[]): number[] {
  return rounds.map(({ cpuSeconds, cpuSecondsPerMillion }, i) => {
    const deliveries = (cpuSeconds / cpuSecondsPerMillion) * 1e6;
    return deliveries / (cpuSeconds - (quietCpuS[i] ?? 0));
  });
}

/** Each as a share of the one of the round with one gateway beside it. */
export function sharesOf(alone: readonly number[], spread: readonly number[]): number[] {
  return spread.map((each, i) => each / (alone[i] ?? Number.NaN));
}

function measured(
  plan: GroupPlan,
  spreads: readonly Spread[],
  beside: readonly Beside[],
  faults: readonly string[],
): Measured {
  const yields = spreads.map(({ rounds, quietCpuS }) => yieldsOf(rounds, quietCpuS));
  const [alone = []] = yields;
  const verdict = (measure: string, values: readonly number[], bound: Bound): Verdict => ({
    scenario: NAME,
    measure,
    spread: spreadOf(values),
    bound,
  });
  const shares = spreads
    .map(({ gateways }, i) =>
      verdict(`deliveries a CPU s, ${gateways} gateways ÷ 1`, sharesOf(alone, yields[i] ?? []), least(SHARE_MIN)),
    )
    .slice(1);
  const events = beside.map(({ eventsPerS }) => eventsPerS);
  const costs = beside.map(({ us }) => us);
  const head = `one group of ${plan.members} members, ${plan.rate} messages/s, ${plan.rounds} rounds of ${plan.seconds} s`;
  return {
    verdicts: [
      ...shares,
      verdict("events/s of a partition", events, least(EVENTS_MIN_PER_S)),
      verdict("CPU µs an event, gateway without members", costs, most(EVENT_MAX_US)),
    ],
    text: [head, "", tableText(spreads, beside), ...faults].join("\n"),
    ok: faults.length === 0,
  };
}

function tableText(spreads: readonly Spread[], beside: readonly Beside[]): string {
  const row = <T>(name: string, all: readonly T[], of: (one: T) => number): string[] => {
    const { min, median, max } = spreadOf(all.map(of));
    return [name, ...[min, median, max].map(shortNumber)];
  };
  const rows = spreads.flatMap(({ gateways, rounds, quietCpuS }) => [
    row(`${gateways} gateways: deliveries/s`, rounds, (round) => round.deliveriesPerSecond),
    row(`${gateways} gateways: CPU s of them`, rounds, (round) => round.cpuSeconds),
    row(`${gateways} gateways: CPU s of them when all are quiet`, quietCpuS, (cpuS) => cpuS),
    row(`${gateways} gateways: deliveries a CPU s of them`, rounds, (round) => 1e6 / round.cpuSecondsPerMillion),
    row(`${gateways} gateways: delivery p99, ms`, rounds, (round) => round.delivery.p99),
  ]);
  return tableOf([
    ["", "min", "median", "max"],
    ...rows,
    row("beside a busy group: events/s of one partition", beside, ({ eventsPerS }) => eventsPerS),
    row("beside a busy group: CPU s of the gateway", beside, ({ busyCpuS }) => busyCpuS),
    row("of which it takes when all is quiet", beside, ({ quietCpuS }) => quietCpuS),
    row("a gateway when all is quiet, % of a core", beside, ({ quietCpuShare }) => quietCpuShare * 100),
    row("beside a busy group: CPU µs an event", beside, ({ us }) => us),
  ]);
}
