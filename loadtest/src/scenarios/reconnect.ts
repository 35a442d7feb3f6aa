import { backoffMs, DEFAULT_BACKOFF } from "@guildhall/client";
import { Closers, makeNonce, sleep } from "@guildhall/kernel";
import { CLIENT_FRAME, type Committed } from "@guildhall/proto";
import { addressOf } from "../connections/address.ts";
import { type Citizen, makeTown, subscribe, type TownPlan } from "../connections/town.ts";
import { Visitor } from "../connections/visitor.ts";
import { forEach, Notes } from "../driver/crowd.ts";
import { scratchData, startGuildhallOn } from "../processes/servers.ts";
import { readCpuSeconds } from "../report/cpu.ts";
import { spreadOf } from "../report/spread.ts";
import { shortNumber, tableOf } from "../report/table.ts";
import type { Verdict } from "../report/verdict.ts";
import type { LoadSize, Measured, MeasuredScenario } from "./measured.ts";
import type { Surroundings } from "./surroundings.ts";

type ReconnectPlan = TownPlan & { readonly rounds: number };

/** One of each group speaks and stays; the others drop and return. */
const PLANS: Readonly<Record<LoadSize, ReconnectPlan>> = {
  full: { groups: 20, membersEach: 101, rounds: 3 },
  short: { groups: 5, membersEach: 101, rounds: 2 },
};
const NAME = "reconnect-2000";
const SERVER_CORE = 0;
/** Messages a group while its members are away: as many as one person may send at once. */
const MISSED = 5;
const CAUGHT_UP_MAX_MS = 30_000;
const LOOK_EVERY_MS = 2;
/** Before each round: the speakers may speak again after the first 5 s of it, and the gateway takes as many at once as ever. */
const PAUSE_MS = 6_000;

type Way = {
  readonly title: string;
  readonly boundS: number;
  /** Over what lifts the limits. */
  readonly settings: NodeJS.ProcessEnv;
  /** How long a client waits before it dials for the `attempt`th time, from 0. */
  readonly waitMs: (attempt: number) => number;
};

/** With the default limits clients behave as the SDK does; without them all dial at once. */
const WAYS: readonly Way[] = [
  {
    title: "loadtest profile",
    boundS: 1.5,
    settings: { GATEWAY_TRUST_PROXY: "loopback", GUILDHALL_PROFILE: "loadtest" },
    waitMs: (attempt) => (attempt === 0 ? 0 : backoffMs(DEFAULT_BACKOFF, attempt - 1)),
  },
  {
    title: "default limits",
    boundS: 6,
    settings: { GATEWAY_TRUST_PROXY: "loopback", GUILDHALL_PROFILE: "default" },
    waitMs: (attempt) => backoffMs(DEFAULT_BACKOFF, attempt),
  },
];

type Round = { readonly seconds: number; readonly cpuSeconds: number; readonly tries: number };
type Result = { readonly way: Way; readonly rounds: readonly Round[] };

/** Everybody drops, something is said meanwhile, and everybody returns with their cursors. */
export const reconnect: MeasuredScenario = {
  name: NAME,
  about: "2,000 connections drop and return at once: until everybody has every message, without and with limits",
  async run(size, around) {
    const notes = new Notes();
    const results: Result[] = [];
    for (const way of WAYS) {
      around.say(`${NAME}, ${way.title}`);
      results.push({ way, rounds: await runWay(PLANS[size], way, around, notes) });
    }
    return measured(results, notes);
  },
};

async function runWay(plan: ReconnectPlan, way: Way, around: Surroundings, notes: Notes): Promise<Round[]> {
  await using closers = new Closers();
  const data = await scratchData(closers);
  const { settings } = way;
  const server = await startGuildhallOn({ data, core: SERVER_CORE, env: around.env, settings }, closers);
  const citizens = await makeTown(plan, server, around, notes);
  const visitors = citizens.map(({ person }, i) => new Visitor(person, { url: server.url, notes, from: addressOf(i) }));
  closers.defer(() => {
    for (const visitor of visitors) visitor.drop();
  });
  const town = new Town(plan, citizens, visitors);
  await town.enter();
  const rounds: Round[] = [];
  for (let round = 1; round <= plan.rounds; round++) {
    await sleep(PAUSE_MS);
    const before = await readCpuSeconds(server.metrics);
    const { seconds, tries } = await town.dropAndReturn(way, notes);
    const cpuSeconds = (await readCpuSeconds(server.metrics)) - before;
    around.say(`  round ${round}: ${seconds.toFixed(2)} s, ${cpuSeconds.toFixed(2)} CPU s, ${tries} dialled`);
    rounds.push({ seconds, cpuSeconds, tries });
  }
  return rounds;
}

/** The visitors of one server: the first of each group speaks. */
class Town {
  readonly #speakers: readonly { readonly visitor: Visitor; readonly g: number }[];
  readonly #members: readonly { readonly visitor: Visitor; readonly g: number }[];

  constructor(plan: TownPlan, citizens: readonly Citizen[], visitors: readonly Visitor[]) {
    const all = visitors.map((visitor, i) => ({ visitor, g: citizens[i]?.groups[0] ?? 0 }));
    this.#speakers = all.filter((_, i) => i % plan.membersEach === 0);
    this.#members = all.filter((_, i) => i % plan.membersEach !== 0);
  }

  async enter(): Promise<void> {
    const all = [...this.#speakers, ...this.#members];
    await forEach(all.length, async (i) => {
      const one = all[i];
      if (one === undefined) return;
      await admitted(one.visitor);
      await subscribe(one.visitor, [one.g]);
    });
  }

  /** Resolves when everybody has everything: how long that took from the drop on, and how often somebody dialled. */
  async dropAndReturn(way: Way, notes: Notes): Promise<{ readonly seconds: number; readonly tries: number }> {
    let tries = 0;
    const startMs = performance.now();
    for (const { visitor } of this.#members) visitor.drop();
    const newest = new Map(await Promise.all(this.#speakers.map(({ visitor, g }) => speak(visitor, g))));
    const returning = this.#members.map(async ({ visitor }) => {
      for (let attempt = 0; ; attempt++) {
        tries++;
        const waitMs = way.waitMs(attempt);
        if (waitMs > 0) await sleep(waitMs);
        if (await returned(visitor, notes)) return;
        if (performance.now() - startMs > CAUGHT_UP_MAX_MS) return notes.add("somebody did not get in again");
      }
    });
    while (!this.#haveAll(newest) && performance.now() - startMs < CAUGHT_UP_MAX_MS) await sleep(LOOK_EVERY_MS);
    const seconds = (performance.now() - startMs) / 1_000;
    if (!this.#haveAll(newest)) notes.add(`somebody lacked a message after ${CAUGHT_UP_MAX_MS / 1_000} s`);
    await Promise.all(returning);
    const holes = this.#members.reduce((sum, { visitor }) => sum + visitor.holes, 0);
    if (holes > 0) notes.add(`${holes} times somebody was sent an event that did not follow on the last`);
    return { seconds, tries };
  }

  #haveAll(newest: ReadonlyMap<number, number>): boolean {
    return this.#members.every(({ visitor, g }) => (visitor.stands.get(g)?.s ?? 0) >= (newest.get(g) ?? 0));
  }
}

/** Comes for the first time; where the server takes no more for now, again later. @throws Error after CAUGHT_UP_MAX_MS. */
async function admitted(visitor: Visitor): Promise<void> {
  const startMs = performance.now();
  for (let attempt = 0; ; attempt++) {
    try {
      await visitor.connect();
      await visitor.hello();
      return;
    } catch (error) {
      visitor.drop();
      if (!isRefusal(error) || performance.now() - startMs > CAUGHT_UP_MAX_MS) throw error;
      await sleep(backoffMs(DEFAULT_BACKOFF, attempt));
    }
  }
}

/** A handshake or a `hello` that is refused for now. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && /503|refused: 600/.test(error.message);
}

/** Whether it is back; a refused handshake and a refused `hello` are tried again as a client does. */
async function returned(visitor: Visitor, notes: Notes): Promise<boolean> {
  try {
    await visitor.connect();
    const resumed = (await visitor.hello(visitor.cursors())) as { readonly full: number; readonly gap: number };
    if (resumed.full !== 1 || resumed.gap !== 0) notes.add(`resumed as ${JSON.stringify(resumed)}`);
    return true;
  } catch (error) {
    if (!isRefusal(error)) notes.add(String(error));
    visitor.drop();
    return false;
  }
}

/** Says something a few times. Resolves with the group and its newest seq. */
async function speak(visitor: Visitor, g: number): Promise<[number, number]> {
  const answers = Array.from({ length: MISSED }, (_, number) => {
    const n = makeNonce(Date.now());
    const b = { t: `while you were away, ${number}` };
    return visitor.ask((i) => ({ t: CLIENT_FRAME.send, i, g, n, k: "text", b }));
  });
  return [g, Math.max(...(await Promise.all(answers)).map((answer) => (answer as Committed).s))];
}

function measured(results: readonly Result[], notes: Notes): Measured {
  const verdicts = results.map(
    ({ way, rounds }): Verdict => ({
      scenario: NAME,
      measure: `until all are caught up, ${way.title}, s`,
      spread: spreadOf(rounds.map(({ seconds }) => seconds)),
      bound: { at: "most", value: way.boundS },
    }),
  );
  const rows = results.flatMap(({ way, rounds }) =>
    (["seconds", "cpuSeconds", "tries"] as const).map((what) => {
      const { min, median, max } = spreadOf(rounds.map((round) => round[what]));
      return [`${way.title}: ${LABELS[what]}`, ...[min, median, max].map(shortNumber)];
    }),
  );
  const table = tableOf([["", "min", "median", "max"], ...rows]);
  const texts = notes.texts;
  return { verdicts, text: [table, ...texts].join("\n"), ok: texts.length === 0 && notes.closed === 0 };
}

const LABELS = { seconds: "s until all are caught up", cpuSeconds: "CPU s of the server", tries: "dialled" } as const;
