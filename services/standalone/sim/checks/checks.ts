import { nonceKey } from "@guildhall/kernel";
import type { Beacon, Command, CommandReply, Entry, Event } from "@guildhall/proto";
import { type Encoding, ERRORS } from "@guildhall/proto/tables";
import { decodeCommand, decodeRecord, unpack } from "@guildhall/wire";
import type { Host, World } from "../world/world.ts";
import { WatchedConnection } from "./connection.ts";
import { LaneLog } from "./lane-log.ts";
import type { Situation } from "./situations.ts";
import { Told } from "./told.ts";

/** One connection as the checks see it: the bytes as they arrive at the gateway, and as they leave it. */
export type Watched = {
  fromClient(bytes: Uint8Array): void;
  fromServer(bytes: Uint8Array): void;
  /** What the server has sent is there. */
  reached(bytes: Uint8Array): void;
};

/** A message on its way into the kick of its author counts as racing it within this time, ms. */
const RACE_MS = 300;

/** A place in the group's lane. */
export type Place = { readonly ep: number; readonly s: number };
type Attempts = { open: number; unsure: boolean };

/** Everything that is seen, compared at once with what the journal says. The first contradiction ends the run. */
export class Checks {
  readonly log: LaneLog;
  readonly violations: string[] = [];
  readonly situations = new Set<Situation>();
  readonly counts = { acknowledged: 0, unknown: 0, refused: 0, faults: 0, faultsInFlight: 0, seen: 0 };
  /** Is told what happens, for people. */
  readonly trace: (line: () => string) => void;
  /** Whose term is the newest. */
  holder: Host | undefined;
  readonly #told = new Told();
  readonly #world: World;
  /** Texts that somebody has asked to send, by author. */
  readonly #asked = new Map<string, number>();
  readonly #refusedNonces = new Map<string, string>();
  readonly #attempts = new Map<string, Attempts>();
  readonly #beacons = new Map<string, number>();
  readonly #newestAcked = new Map<number, number>();
  readonly #acked: Place[] = [];
  readonly #said: { readonly u: number; readonly atMs: number }[] = [];

  constructor(world: World, g: number, tell?: (line: string) => void) {
    this.#world = world;
    this.trace =
      tell === undefined ? () => {} : (line) => tell(`${world.nowMs.toFixed(1)} ${world.current.name}: ${line()}`);
    this.log = new LaneLog(g);
  }

  happened(what: Situation): void {
    this.situations.add(what);
    this.trace(() => what);
    this.#world.note(what);
  }

  violate(what: string): void {
    if (this.violations.length === 0) this.violations.push(`at ${Math.round(this.#world.nowMs)} ms: ${what}`);
    this.#world.stop();
  }

  get nowMs(): number {
    return this.#world.nowMs;
  }

  connection(u: number, encoding: Encoding): Watched {
    return new WatchedConnection(this, u, encoding);
  }

  /** Somebody is about to say `text`. */
  willSay(u: number, text: string): void {
    this.#asked.set(text, u);
  }

  /** A record is in the journal: from here on it has happened. */
  landed(position: number, data: Uint8Array, host: Host): void {
    const record = decodeRecord(data);
    const { ep, term } = this.log;
    this.trace(() => {
      const entries = record.e.map(({ g, s, k, u, b }) => `${g}/${s} ${k} ${u} ${JSON.stringify(b)}`);
      return `landed ${position} by ${host.name}, term ${record.ep}.${record.term}: ${entries.join("; ")}`;
    });
    const wrong = this.log.land(position, record, this.nowMs);
    if (wrong !== undefined) return this.violate(`${wrong} (by ${host.name})`);
    if (record.ep > ep || record.term > term) this.holder = host;
    if (ep > 0 && record.ep > ep) this.happened("epoch-changed");
    for (const entry of record.e) {
      const older = this.#told.take(entry);
      if (older !== undefined) return this.violate(`${older} (by ${host.name})`);
      if (entry.g === this.log.g && entry.s > 0) this.#entry(entry);
    }
  }

  #entry({ k, u, b, n }: Entry): void {
    if (n !== null) this.#isNotRefused(u, n);
    if (k === "member.kick") this.#kicked((b as { readonly u: number }).u);
    if (k !== "text") return;
    this.#isAsked((b as { readonly t: string }).t, u);
    this.#said.push({ u, atMs: this.nowMs });
  }

  restored(last: number): void {
    this.happened("journal-restored");
    this.log.restored(last);
  }

  /** A client has heard that its command was refused, so it does not ask again: it never happens. */
  gaveUp(u: number, n: Uint8Array, c: number): void {
    const code = finalCode(c);
    if (code !== undefined) this.#refusedNonces.set(`${u}/${nonceKey(n)}`, code);
  }

  #isAsked(text: string, u: number): void {
    if (this.#asked.get(text) !== u) this.violate(`${u} never said ${text}`);
  }

  #isNotRefused(u: number, n: Uint8Array): void {
    const code = this.#refusedNonces.get(`${u}/${nonceKey(n)}`);
    if (code !== undefined) this.violate(`a command of ${u} that was refused with ${code} has landed`);
  }

  #kicked(u: number): void {
    const raced = this.#said.some((said) => said.u === u && this.nowMs - said.atMs < RACE_MS);
    if (raced) this.happened("send-then-kick");
  }

  /** An owner sends a beacon: the numbers of one term rise. */
  beacon(data: Uint8Array): void {
    const { ep, term, n } = unpack(data) as Beacon;
    const key = `${ep}.${term}`;
    const before = this.#beacons.get(key) ?? 0;
    this.#beacons.set(key, n);
    if (n <= before) this.violate(`beacon ${n} of term ${key} follows beacon ${before}`);
  }

  /** The owner has a command; what is returned is told its answer. */
  asked(data: Uint8Array): ((answer: Uint8Array) => void) | undefined {
    const command = decodeCommand(data);
    if (command.g !== this.log.g) return undefined;
    const key = `${command.u}/${nonceKey(command.n)}`;
    const attempts = this.#attempts.get(key) ?? { open: 0, unsure: false };
    this.#attempts.set(key, attempts);
    attempts.open++;
    // Monotonic clocks are the same everywhere in the simulated world.
    const isLate = command.dl > 0 && command.dl < this.#world.clock.monotonicMs();
    this.trace(() => `asked ${command.at} ${command.m} of ${command.u}`);
    return (answer) => {
      attempts.open--;
      const reply = unpack(answer) as CommandReply;
      this.trace(() => `answers ${command.at} ${command.m} of ${command.u}: ${JSON.stringify(reply)}`);
      const isRun = "ok" in reply && reply.ok.s > 0 && reply.ok.dup !== 1;
      if (isRun && isLate) this.violate(`${command.m} was run after its deadline`);
      if ("ok" in reply) this.#acknowledged(command, reply.ok.ep, reply.ok.s, attempts);
      else this.#failed(command, reply.err.code, attempts);
    };
  }

  #acknowledged(command: Command, ep: number, s: number, attempts: Attempts): void {
    attempts.unsure = true;
    if (s === 0) return;
    const entry = this.log.find(ep, s);
    if (entry?.n === null || entry === undefined || nonceKey(entry.n) !== nonceKey(command.n)) {
      this.violate(`${command.m} was answered with seq ${s} of epoch ${ep}, which the journal does not have as it`);
    }
  }

  /** Whatever is no "perhaps" says that this attempt has not happened, and never will. */
  #failed(command: Command, code: string, attempts: Attempts): void {
    if (code === "OUTCOME_UNKNOWN") attempts.unsure = true;
    if (code === "NOT_MEMBER") this.happened("kick-then-send");
    const [entry] = this.log.ofNonce(command.u, command.n);
    if (entry === undefined || attempts.unsure || attempts.open > 0) return;
    if (!this.log.stands(entry) || code === "CONFLICT") return;
    this.violate(`${command.m} was answered with ${code} and stands at seq ${entry.s}`);
  }

  /** A gateway said `code` to a command: not retryable means that it has not happened. */
  refused(u: number, n: Uint8Array, c: number): void {
    const code = finalCode(c);
    if (code === undefined) return;
    this.happened("refused-for-good");
    const [entry] = this.log.ofNonce(u, n);
    if (entry !== undefined && this.log.stands(entry)) {
      this.violate(`a command of ${u} was refused with ${code} and stands at seq ${entry.s}`);
    }
  }

  /** A client was told that its command stands at `s`. */
  acknowledged(u: number, n: Uint8Array, ep: number, s: number, dup: boolean): void {
    if (dup) {
      this.happened("answered-dup");
      this.happened("ack-lost-but-committed");
    }
    const entry = this.log.find(ep, s);
    if (entry === undefined || entry.u !== u || entry.n === null || nonceKey(entry.n) !== nonceKey(n)) {
      this.violate(`${u} was told that a command stands at seq ${s} of epoch ${ep}, where it does not`);
    }
  }

  /** The highest seq of an epoch that any client was told its command has. */
  newestAcked(): Place {
    return { ep: this.log.ep, s: this.#newestAcked.get(this.log.ep) ?? 0 };
  }

  /** A client was told where its text stands; `before`: what had been acknowledged when it was sent. */
  said(text: string, ep: number, s: number, before: Place): void {
    this.counts.acknowledged++;
    const entry = this.log.find(ep, s);
    if (entry === undefined || this.log.ofText(text) !== entry) this.violate(`${text} was told to stand at seq ${s}`);
    if (ep === before.ep && s <= before.s) this.violate(`${text} stands at ${s}, before ${before.s}, which is older`);
    this.#newestAcked.set(ep, Math.max(this.#newestAcked.get(ep) ?? 0, s));
    this.#acked.push({ ep, s });
  }

  /** What clients were told is there, as far as the journal still has it. */
  get acked(): readonly Place[] {
    return this.#acked.filter(({ ep, s }) => {
      const entry = this.log.find(ep, s);
      return entry === undefined || this.log.stands(entry);
    });
  }

  /** A client was told that its text will not be said. */
  notSaid(text: string, code: string): void {
    const entry = this.log.ofText(text);
    if (entry !== undefined && this.log.stands(entry)) {
      this.violate(`${text} was refused with ${code} and stands at seq ${entry.s}`);
    }
  }

  /** An event left the gateway for a client of `u`. */
  shown(u: number, ep: number, event: Event): void {
    this.counts.seen++;
    const wrong = this.log.differs(ep, event);
    if (wrong !== undefined) return this.violate(wrong);
    // The removal itself is the last that is sent.
    if (!this.log.memberSince(ep, event.s - 1, u)) {
      this.violate(`${u}, removed before, was sent seq ${event.s} (${event.k})`);
    }
  }
}

/** The name of an error after which a command is not tried again. */
function finalCode(c: number): string | undefined {
  const [code = "", spec] = Object.entries(ERRORS).find(([, one]) => one.c === c) ?? [];
  return spec === undefined || spec.retry || code === "INTERNAL" ? undefined : code;
}
