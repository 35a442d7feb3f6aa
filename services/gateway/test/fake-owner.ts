import type { Bus } from "@guildhall/bus";
import { AppError, partitionOf } from "@guildhall/kernel";
import {
  type AskReply,
  type AskRequest,
  type Beacon,
  type Command,
  type CommandReply,
  type DevicesCheck,
  type DevicesCheckArgs,
  EVENT_FLAGS,
  type Event,
  type LaneEvent,
  type OpenReply,
  type OpenRequest,
  REMOVAL_KINDS,
} from "@guildhall/proto";
import { type Store, timestampOf } from "@guildhall/store";
import { TIMELINE, TIMELINE_BUCKETS, type TimelineRow } from "@guildhall/timeline";
import {
  askSubject,
  beaconSubject,
  cmdSubject,
  decodeCommand,
  decodeEvent,
  encodeBatch,
  encodeEvent,
  evSubject,
  openSubject,
  pack,
  unpack,
} from "@guildhall/wire";

export const PARTITIONS = 2;

const PERMISSION_KINDS = new Set([
  "member.join",
  "member.leave",
  "member.kick",
  "member.ban",
  "member.mute",
  "role.assign",
]);
const REWRITE_KINDS = new Set(["msg.edit", "msg.recall", "msg.delete"]);

type Said = {
  readonly u: number;
  readonly k: string;
  readonly b: unknown;
  readonly n?: Uint8Array;
  readonly mn?: number[] | "all";
};
type Opened = Exclude<OpenReply, { readonly err: unknown }>;
type Refusal = {
  readonly code: "FORBIDDEN" | "NOT_FOUND" | "UNAVAILABLE" | "ALREADY" | "CONFLICT";
  readonly d?: unknown;
};

/**
 * The owner of every partition, as a test wants it: keeps events, and publishes, stores and answers what
 * it is told to.
 */
export class FakeOwner {
  readonly commands: Command[] = [];
  readonly asks: AskRequest[] = [];
  /** Groups everybody is said to be in. */
  groupsCount = 0;
  openings = 0;
  /** Refuses questions about lanes for as long as it is set. */
  openRefused: Refusal | undefined;
  /** Changes an answer about a lane on its way. */
  onOpen: (reply: Opened) => Opened = (reply) => reply;
  /** Events that `open` gives at least, besides what is not stored. */
  keep = 1_000;
  onCommand: (command: Command) => CommandReply | Promise<CommandReply>;
  onAsk: (request: AskRequest) => unknown;
  ep = 1;
  term = 1;
  /** Devices whose sign-in has ended; all others hold. */
  readonly ended = new Set<string>();
  /** Sign-ins asked about, a question each; refused for as long as `checkRefused` is set. */
  checked: (readonly string[])[] = [];
  checkRefused: Refusal | undefined;
  /** Awaited before an answer that is decided already leaves. */
  onCheck: () => Promise<void> = async () => {};
  readonly #bus: Bus;
  readonly #store: Store;
  readonly #lanes = new Map<number, LaneEvent[]>();
  readonly #beacons = new Map<number, number>();
  #position = 0;
  stored = 0;

  constructor(bus: Bus, store: Store) {
    this.#bus = bus;
    this.#store = store;
    this.onCommand = (command) => {
      const { k, b } = command.m === "msg.send" ? (command.a as Said) : { k: command.m, b: command.a };
      const event = this.say(command.g, { u: command.u, k, b, n: command.n });
      return { ok: { s: event.s, ep: this.ep, ts: event.ts, m: event.m } };
    };
    this.onAsk = () => {
      throw new AppError("NOT_FOUND");
    };
  }

  async start(): Promise<void> {
    for (let p = 0; p < PARTITIONS; p++) {
      await this.#bus.answer(cmdSubject(p), async (data) => {
        const command = decodeCommand(data);
        this.commands.push(command);
        return pack(await this.onCommand(command));
      });
      await this.#bus.answer(askSubject(p), async (data) => {
        const request = unpack(data) as AskRequest;
        if (request.m === "devices.check") return pack(await this.#check(request.a as DevicesCheckArgs));
        if (request.m === "groups.count") return pack({ ok: { count: this.groupsCount } });
        this.asks.push(request);
        try {
          return pack({ ok: await this.onAsk(request) });
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          return pack({ err: { code: error.code } });
        }
      });
      await this.#bus.answer(openSubject(p), async (data) => pack(this.#open(unpack(data) as OpenRequest, p)));
    }
  }

  async #check({ d }: DevicesCheckArgs): Promise<AskReply> {
    this.checked.push(d.map(([, dev]) => dev));
    if (this.checkRefused !== undefined) return { err: this.checkRefused };
    const answer: DevicesCheck = { at: d.map(([, dev]) => (this.ended.has(dev) ? 0 : 1)) };
    await this.onCheck();
    return { ok: answer };
  }

  head(g: number): number {
    return this.#lane(g).at(-1)?.s ?? 0;
  }

  events(g: number): Event[] {
    return this.#lane(g).map(({ bytes }) => decodeEvent(bytes));
  }

  /** Commits one event; `publish` false: its news gets lost. */
  say(g: number, said: Said, publish = true): Event {
    const lane = this.#lane(g);
    const event = eventAfter(lane.at(-1), said);
    const { s, pv, ts: at } = event;
    lane.push({ g, l: 0, s, pv, pos: ++this.#position, at, flags: flagsOf(said), bytes: encodeEvent(event) });
    if (publish) this.publish(g, s);
    return event;
  }

  text(g: number, t: string, publish = true): Event {
    return this.say(g, { u: 1, k: "text", b: { t } }, publish);
  }

  /** Publishes events `a` to `z` as one batch, of another term or epoch where a test says so. */
  publish(g: number, a: number, z = a, { ep = this.ep, term = this.term } = {}): void {
    const events = this.#lane(g).filter(({ s }) => s >= a && s <= z);
    const p = partitionOf(g, PARTITIONS);
    this.#bus.publish(evSubject(p), encodeBatch({ p, ep, term, pos: events.at(-1)?.pos ?? 0, events }));
  }

  /** Sends a beacon for every partition, naming these groups' heads. `skip`: numbers that get lost before it. */
  beacon(groups: readonly number[] = [], { skip = 0, term = this.term, all = false } = {}): void {
    for (let p = 0; p < PARTITIONS; p++) {
      const n = (this.#beacons.get(p) ?? 0) + 1 + skip;
      this.#beacons.set(p, n);
      const heads = groups.filter((g) => partitionOf(g, PARTITIONS) === p).map((g) => this.#headOf(g));
      const { ep, stored } = this;
      const beacon: Beacon = {
        p,
        ep,
        term,
        n,
        clk: Math.floor(performance.now()),
        pos: this.#position,
        stored,
        heads,
        all,
      };
      this.#bus.publish(beaconSubject(p), pack(beacon));
    }
  }

  /** A new owner: a higher term, whose beacons begin anew. */
  succeed(): void {
    this.term++;
    this.#beacons.clear();
  }

  /** The journal was restored without the events after `s`. */
  restore(g: number, s: number): void {
    this.ep++;
    this.#beacons.clear();
    this.#lane(g).splice(s);
  }

  /** Writes events `a` to `z` of the group to the store; `rewrite` changes their rows on the way. */
  async save(
    g: number,
    a: number,
    z: number,
    rewrite: (row: TimelineRow) => TimelineRow = (row) => row,
  ): Promise<void> {
    const events = this.#lane(g).filter(({ s }) => s >= a && s <= z);
    for (const { pos, bytes } of events) {
      const row = rewrite(rowOf(g, decodeEvent(bytes)));
      const timestamp = timestampOf(this.ep, pos);
      await this.#store.write([
        { table: TIMELINE_BUCKETS.name, key: [g, 0, 1], row: { g, l: 0, bk: 1, at: 0 }, timestamp },
        { table: TIMELINE.name, key: [g, 0, 1, row.s], row, timestamp },
      ]);
      this.stored = Math.max(this.stored, pos);
    }
  }

  #lane(g: number): LaneEvent[] {
    const lane = this.#lanes.get(g) ?? [];
    this.#lanes.set(g, lane);
    return lane;
  }

  #headOf(g: number): [number, number, number, number] {
    const newest = this.#lane(g).at(-1);
    return [g, 0, newest?.s ?? 0, newest?.pv ?? 0];
  }

  #open({ g }: OpenRequest, p: number): OpenReply {
    this.openings++;
    if (this.openRefused !== undefined) return { err: this.openRefused };
    const lane = this.#lane(g);
    const newest = lane.at(-1);
    const unstored = lane.findIndex(({ pos }) => pos > this.stored);
    const from = Math.min(unstored < 0 ? lane.length : unstored, Math.max(0, lane.length - this.keep));
    return this.onOpen({
      ep: this.ep,
      term: this.term,
      beacon: this.#beacons.get(p) ?? 0,
      s: newest?.s ?? 0,
      pv: newest?.pv ?? 0,
      m: newest === undefined ? 0 : decodeEvent(newest.bytes).m,
      at: newest?.at ?? 0,
      stored: this.stored,
      events: lane.slice(from),
    });
  }
}

function eventAfter(newest: LaneEvent | undefined, { u, k, b, n, mn }: Said): Event {
  const before = newest === undefined ? { s: 0, m: 0, pv: 0 } : decodeEvent(newest.bytes);
  const s = before.s + 1;
  const permission = PERMISSION_KINDS.has(k);
  const event: Event = { s, k, u, ts: Date.now(), m: before.m + (k === "text" ? 1 : 0), pv: before.pv, b };
  return {
    ...event,
    ...(permission ? { pv: s, pp: before.pv } : {}),
    ...(n === undefined ? {} : { n }),
    ...(mn === undefined ? {} : { mn }),
  };
}

function flagsOf({ k, mn }: Said): number {
  const mention = mn === undefined ? 0 : EVENT_FLAGS.mention;
  const permission = PERMISSION_KINDS.has(k) ? EVENT_FLAGS.permission : 0;
  const removal = REMOVAL_KINDS.has(k) ? EVENT_FLAGS.removal : 0;
  return permission | removal | mention | (REWRITE_KINDS.has(k) ? EVENT_FLAGS.rewrite : 0);
}

function rowOf(g: number, event: Event): TimelineRow {
  const { s, ts: at, u, k, m, pv, b } = event;
  const none = { dev: "", as: 0, h: null, bb: 0, re: 0, mn: null, rev: 0, x: 0, edits: 0, why: "" };
  return { ...none, g, l: 0, bk: 1, s, at, u, k, n: event.n ?? null, m, pv, pp: event.pp ?? -1, b };
}
