import { Closers, sleep } from "@guildhall/kernel";
import { type Citizen, citizenAt, makeTown, subscribe, type TownPlan } from "../connections/town.ts";
import { Visitor } from "../connections/visitor.ts";
import { forEach, Notes, PING_EVERY_MS } from "../driver/crowd.ts";
import { scratchData, startGuildhallOn } from "../processes/servers.ts";
import { isSettled, type Memory, readMemory } from "../report/memory.ts";
import { type Spread, spreadOf } from "../report/spread.ts";
import { shortNumber, tableOf } from "../report/table.ts";
import type { LoadSize, Measured, MeasuredScenario } from "./measured.ts";
import type { Surroundings } from "./surroundings.ts";

type IdlePlan = TownPlan & {
  readonly rounds: number;
  /** Readings of the memory, one a second, that lie together when it has settled. */
  readonly readings: number;
  /** How long the connections are there before it is looked at. */
  readonly holdS: number;
};

/** 50 s: each connection has been heard, has said that it is here and has had its sign-in checked again by then. */
const PLANS: Readonly<Record<LoadSize, IdlePlan>> = {
  full: { groups: 100, membersEach: 100, rounds: 3, readings: 10, holdS: 50 },
  short: { groups: 20, membersEach: 100, rounds: 1, readings: 4, holdS: 2 },
};
const NAME = "idle-10000";
const SERVER_CORE = 0;
/** Bytes a connection. */
const BOUND_BYTES = 8 * 1024;
/** How far the readings may lie from one another, as a share of the largest. */
const WITHIN = 0.005;
/** What has not settled after this many readings is taken as it is, and said. */
const READINGS_MAX = 30;
/** Of each group, this many connect and leave before the first reading: the server has done once what it does then. */
const FIRST_VISITORS = 2;

type Round = { readonly before: Memory; readonly after: Memory; readonly connections: number };

/** People who follow a group each and say nothing: what a connection costs the server in memory. */
export const idle: MeasuredScenario = {
  name: NAME,
  about: "10,000 idle connections in 100 groups: resident memory of the server a connection",
  async run(size, around, closers) {
    const plan = PLANS[size];
    const notes = new Notes();
    const data = await scratchData(closers);
    const citizens = await populated(plan, data, around, notes);
    const rounds: Round[] = [];
    for (let round = 1; round <= plan.rounds; round++) {
      around.say(`${NAME}: round ${round}`);
      rounds.push(await oneRound(plan, data, citizens, around, notes));
    }
    return measured(rounds, notes);
  },
};

/** Makes the people and their groups with a server that ends then: what that took is not in the memory of the next. */
async function populated(plan: IdlePlan, data: string, around: Surroundings, notes: Notes): Promise<Citizen[]> {
  await using closers = new Closers();
  const server = await startGuildhallOn({ data, core: SERVER_CORE, env: around.env }, closers);
  return await makeTown(plan, server, around, notes);
}

/** Each round has a server of its own: memory that a process once had is not all given back. */
async function oneRound(
  plan: IdlePlan,
  data: string,
  citizens: readonly Citizen[],
  around: Surroundings,
  notes: Notes,
): Promise<Round> {
  await using closers = new Closers();
  const server = await startGuildhallOn({ data, core: SERVER_CORE, env: around.env }, closers);
  const visitors = citizens.map(({ person }) => new Visitor(person, { url: server.url, notes }));
  closers.defer(() => leaveAll(visitors));
  const first = citizens.flatMap((_, i) => (i % plan.membersEach < FIRST_VISITORS ? [i] : []));
  await enterAll(first, citizens, visitors);
  leaveAll(visitors);
  const before = await settled(server.metrics, plan.readings, notes);
  const pinging = setInterval(() => {
    for (const visitor of visitors) visitor.ping();
  }, PING_EVERY_MS);
  closers.defer(() => clearInterval(pinging));
  around.say(`${citizens.length} people connect to a server of ${mebibytes(before.residentBytes)} MiB`);
  await enterAll(
    citizens.map((_, i) => i),
    citizens,
    visitors,
  );
  await sleep(plan.holdS * 1_000);
  const after = await settled(server.metrics, plan.readings, notes);
  around.say(`${mebibytes(after.residentBytes)} MiB`);
  return { before, after, connections: citizens.length };
}

async function enterAll(
  places: readonly number[],
  citizens: readonly Citizen[],
  visitors: readonly Visitor[],
): Promise<void> {
  await forEach(places.length, async (i) => {
    const place = places[i] ?? 0;
    const visitor = visitors[place];
    if (visitor === undefined) throw new RangeError(`there is no visitor ${place}`);
    await visitor.connect();
    await visitor.hello();
    await subscribe(visitor, citizenAt(citizens, place).groups);
  });
}

function leaveAll(visitors: readonly Visitor[]): void {
  for (const visitor of visitors) visitor.drop();
}

/** Reads the server's memory until it stays the same. Nothing asks for a collection of garbage. */
async function settled(metrics: string, count: number, notes: Notes): Promise<Memory> {
  const readings: Memory[] = [];
  for (;;) {
    const last = await readMemory(metrics);
    readings.push(last);
    const resident = readings.map(({ residentBytes }) => residentBytes);
    if (isSettled(resident, count, WITHIN)) return last;
    if (readings.length === READINGS_MAX) {
      notes.add(
        `the memory had not settled after ${READINGS_MAX} s: ${resident.slice(-count).map(mebibytes).join(" ")}`,
      );
      return last;
    }
    await sleep(1_000);
  }
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}

function measured(rounds: readonly Round[], notes: Notes): Measured {
  const each = (of: (memory: Memory) => number): Spread =>
    spreadOf(rounds.map(({ before, after, connections }) => (of(after) - of(before)) / connections));
  const resident = each(({ residentBytes }) => residentBytes);
  const heap = each(({ heapBytes }) => heapBytes);
  const row = (name: string, { min, median, max }: Spread) => [name, ...[min, median, max].map(shortNumber)];
  const table = tableOf([
    ["", "min", "median", "max"],
    row("resident bytes a connection", resident),
    row("of them in the heap, with garbage", heap),
  ]);
  return {
    verdicts: [
      {
        scenario: NAME,
        measure: "resident memory a connection, bytes",
        spread: resident,
        bound: { at: "most", value: BOUND_BYTES },
      },
    ],
    text: [table, ...notes.texts].join("\n"),
    ok: notes.closed === 0,
  };
}
