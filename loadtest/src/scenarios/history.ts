import { Closers, makeNonce, sleep } from "@guildhall/kernel";
import { CLIENT_FRAME, type Committed } from "@guildhall/proto";
import { isPageBefore, Pages } from "../connections/pages.ts";
import { type Citizen, citizenAt, makeTown, subscribe, type TownPlan } from "../connections/town.ts";
import { Visitor } from "../connections/visitor.ts";
import { forEach, Notes, PING_EVERY_MS } from "../driver/crowd.ts";
import { scratchData, startGuildhallOn } from "../processes/servers.ts";
import { readCpuSeconds } from "../report/cpu.ts";
import { Latencies, type Latency } from "../report/latency.ts";
import { spreadOf } from "../report/spread.ts";
import { shortNumber, tableOf } from "../report/table.ts";
import type { LoadSize, Measured, MeasuredScenario } from "./measured.ts";

type HistoryPlan = TownPlan & {
  /** The first groups, which have a long history; one reader each. */
  readonly deep: number;
  readonly storedEach: number;
  readonly rounds: number;
  readonly seconds: number;
};

const PLANS: Readonly<Record<LoadSize, HistoryPlan>> = {
  full: { groups: 40, membersEach: 25, deep: 8, storedEach: 5_000, rounds: 3, seconds: 10 },
  short: { groups: 12, membersEach: 25, deep: 4, storedEach: 3_500, rounds: 2, seconds: 5 },
};
const NAME = "history";
const SERVER_CORE = 0;
const PAGE = 50;
const BOUND_MS = 10;
/** What it comes to so far. */
const REACHED_MS = 13;
const MESSAGES_PER_S = 1_000;
/** Of all readers together. */
const PAGES_PER_S = 100;
const TICK_MS = 5;
/** Below this share of the messages a second the pages were not read beside the load that is meant. */
const RATE_MIN = 0.95;
/** On their way at once while the history is made; a connection may have 64. */
const FILL_WINDOW = 48;
const TEXT = "a message as long as many are, with some words about what is to be done next week, and by whom";

type Reading = { readonly pages: Latency; readonly stored: Latency; readonly messagesPerS: number };
/** `cores`: CPU seconds of the server a second. Near 1 there is no core left, and pages wait for one. */
type Round = Reading & { readonly cores: number };

/** Pages of history, half from the store alone and half from what gateways hold, while much is written. */
export const history: MeasuredScenario = {
  name: NAME,
  about: "history pages of 50 while 1,000 messages a second are written",
  async run(size, around) {
    const plan = PLANS[size];
    const notes = new Notes();
    await using closers = new Closers();
    const data = await scratchData(closers);
    const server = await startGuildhallOn({ data, core: SERVER_CORE, env: around.env }, closers);
    const citizens = await makeTown(plan, server, around, notes);
    const visitors = citizens.map(({ person }) => new Visitor(person, { url: server.url, notes }));
    closers.defer(() => {
      for (const visitor of visitors) visitor.drop();
    });
    const hall = new Hall(plan, citizens, visitors, notes);
    await hall.enter();
    const pinging = setInterval(() => {
      for (const visitor of visitors) visitor.ping();
    }, PING_EVERY_MS);
    closers.defer(() => clearInterval(pinging));
    around.say(`${plan.deep} groups get ${plan.storedEach} messages each`);
    await hall.fill();
    const rounds: Round[] = [];
    for (let round = 1; round <= plan.rounds; round++) {
      const [beforeS, startMs] = [await readCpuSeconds(server.metrics), performance.now()];
      const reading = await hall.round(plan.seconds);
      const cores = ((await readCpuSeconds(server.metrics)) - beforeS) / ((performance.now() - startMs) / 1_000);
      const result = { ...reading, cores };
      around.say(`  round ${round}: page p99 ${result.pages.p99} ms at ${result.messagesPerS.toFixed(0)} messages/s`);
      rounds.push(result);
    }
    return measured(rounds, notes);
  },
};

/** The visitors of all groups. Of each group the first writes, the second reads where there is much, the others listen. */
class Hall {
  readonly #plan: HistoryPlan;
  readonly #citizens: readonly Citizen[];
  readonly #visitors: readonly Visitor[];
  readonly #notes: Notes;
  /** Newest seq that was answered, by group. */
  readonly #newest = new Map<number, number>();
  #written = 0;

  constructor(plan: HistoryPlan, citizens: readonly Citizen[], visitors: readonly Visitor[], notes: Notes) {
    this.#plan = plan;
    this.#citizens = citizens;
    this.#visitors = visitors;
    this.#notes = notes;
  }

  async enter(): Promise<void> {
    await forEach(this.#visitors.length, async (i) => {
      const visitor = this.#visitor(i);
      await visitor.connect();
      await visitor.hello();
      if (i % this.#plan.membersEach < 2) return;
      await subscribe(visitor, citizenAt(this.#citizens, i).groups);
      visitor.deaf = true;
    });
  }

  /** Writes the long histories. */
  async fill(): Promise<void> {
    const { deep, storedEach } = this.#plan;
    await forEach(deep, async (group) => {
      let left = storedEach;
      const worker = async (): Promise<void> => {
        while (left-- > 0) await this.#write(group);
      };
      await Promise.all(Array.from({ length: FILL_WINDOW }, worker));
    });
  }

  async round(seconds: number): Promise<Reading> {
    const pages = new Pages(await Latencies.make(), await Latencies.make());
    const before = this.#written;
    const startMs = performance.now();
    const untilMs = startMs + seconds * 1_000;
    await Promise.all([
      this.#speak(startMs, untilMs),
      ...Array.from({ length: this.#plan.deep }, (_, reader) => this.#read(reader, untilMs, pages)),
    ]);
    const took = (performance.now() - startMs) / 1_000;
    const messagesPerS = (this.#written - before) / took;
    if (messagesPerS < MESSAGES_PER_S * RATE_MIN)
      this.#notes.add(`only ${messagesPerS.toFixed(0)} of ${MESSAGES_PER_S} messages/s were written`);
    return { pages: pages.all.summary(), stored: pages.stored.summary(), messagesPerS };
  }

  /** Writes at the rate, whatever is answered when, to the groups in turn. Resolves when all is answered. */
  async #speak(startMs: number, untilMs: number): Promise<void> {
    const under = new Set<Promise<void>>();
    let sent = 0;
    for (let nowMs = performance.now(); nowMs < untilMs; nowMs = performance.now()) {
      const due = Math.floor(((nowMs - startMs) / 1_000) * MESSAGES_PER_S);
      for (; sent < due; sent++) {
        const one: Promise<void> = this.#write(sent % this.#plan.groups).finally(() => under.delete(one));
        under.add(one);
      }
      await sleep(TICK_MS);
    }
    await Promise.all(under);
  }

  /** Reads pages at its share of the rate. Who is answered late is late with the next, and that counts. */
  async #read(group: number, untilMs: number, pages: Pages): Promise<void> {
    const everyMs = (1_000 * this.#plan.deep) / PAGES_PER_S;
    const reader = this.#visitor(group * this.#plan.membersEach + 1);
    const g = this.#group(group);
    let dueMs = performance.now() + Math.random() * everyMs;
    for (let number = 0; dueMs < untilMs; number++, dueMs += everyMs) {
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) await sleep(waitMs);
      const fromMs = waitMs > 0 ? performance.now() : dueMs;
      const place = pages.place(number, this.#newest.get(group) ?? 0, PAGE);
      const d = await reader.ask((i) => ({ t: CLIENT_FRAME.get, i, g, before: place.before, lim: PAGE }));
      pages.record(place, performance.now() - fromMs);
      if (!isPageBefore(d, place.before, PAGE)) this.#notes.add(`not the ${PAGE} events before ${place.before}`);
    }
  }

  async #write(group: number): Promise<void> {
    const g = this.#group(group);
    const n = makeNonce(Date.now());
    const writer = this.#visitor(group * this.#plan.membersEach);
    const answer = await writer.ask((i) => ({ t: CLIENT_FRAME.send, i, g, n, k: "text", b: { t: TEXT } }));
    this.#newest.set(group, Math.max(this.#newest.get(group) ?? 0, (answer as Committed).s));
    this.#written++;
  }

  #group(group: number): number {
    return citizenAt(this.#citizens, group * this.#plan.membersEach).groups[0] ?? 0;
  }

  #visitor(i: number): Visitor {
    const visitor = this.#visitors[i];
    if (visitor === undefined) throw new RangeError(`there is no visitor ${i}`);
    return visitor;
  }
}

function measured(rounds: readonly Round[], notes: Notes): Measured {
  const row = (name: string, of: (round: Round) => number): string[] => {
    const { min, median, max } = spreadOf(rounds.map(of));
    return [name, ...[min, median, max].map(shortNumber)];
  };
  const table = tableOf([
    ["", "min", "median", "max"],
    row("pages", ({ pages }) => pages.count),
    row("page p50, ms", ({ pages }) => pages.p50),
    row("page p99, ms", ({ pages }) => pages.p99),
    row("page max, ms", ({ pages }) => pages.max),
    row("page p99 from the store, ms", ({ stored }) => stored.p99),
    row("CPU s of the server a second", ({ cores }) => cores),
    row("messages/s written", ({ messagesPerS }) => messagesPerS),
  ]);
  const spread = spreadOf(rounds.map(({ pages }) => pages.p99));
  const bound = { at: "most", value: BOUND_MS, reached: REACHED_MS } as const;
  return {
    verdicts: [{ scenario: NAME, measure: "history page p99, ms", spread, bound }],
    text: [table, ...notes.texts].join("\n"),
    ok: notes.texts.length === 0 && notes.closed === 0,
  };
}
