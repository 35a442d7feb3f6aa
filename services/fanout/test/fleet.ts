import type { Bus, Subscription } from "@guildhall/bus";
import { memoryBus } from "@guildhall/bus/memory";
import type { Journal } from "@guildhall/journal";
import { memoryJournal } from "@guildhall/journal/memory";
import { AppError, systemClock } from "@guildhall/kernel";
import type { Leases } from "@guildhall/lease";
import { MemoryLeases } from "@guildhall/lease/memory";
import { type OwnerClient, ownerClient } from "@guildhall/owner";
import type { Beacon, Command, Entry } from "@guildhall/proto";
import type { Store } from "@guildhall/store";
import { Registry } from "@guildhall/telemetry";
import { silentLog } from "@guildhall/telemetry/log";
import { decodeRecord, unpack } from "@guildhall/wire";
import { type Fanout, startFanout } from "../src/fanout.ts";
import { deadlineIn, newStore } from "./bench.ts";

/** Processes of one installation on one journal, one store, one bus and one table of leases, on the test's clock. */
export class Fleet {
  readonly partitions: number;
  readonly journal: Journal;
  readonly store: Store;
  readonly bus: Bus;
  readonly owner: OwnerClient;
  readonly leases = new MemoryLeases(systemClock);
  readonly members: Member[] = [];

  constructor(partitions: number, journal: Journal = memoryJournal()) {
    this.partitions = partitions;
    this.journal = journal;
    this.store = newStore();
    this.bus = memoryBus(() => {});
    this.owner = ownerClient(this.bus, { partitions, timeoutMs: 2_000 });
  }

  async join(name: string): Promise<Member> {
    const member = new Member(name, this);
    this.members.push(member);
    await member.start();
    return member;
  }

  /** Partition → how many processes answer for it. */
  get served(): readonly number[] {
    return Array.from({ length: this.partitions }, (_, p) => this.members.filter((one) => one.answers(p)).length);
  }

  /** Sends until it is done, under one nonce. Returns how often it was refused for a moment. */
  async insist(command: Command): Promise<{ readonly s: number; readonly refusals: readonly string[] }> {
    const refusals: string[] = [];
    for (;;) {
      try {
        const attempt = { ...command, at: crypto.randomUUID(), dl: deadlineIn(5_000) };
        return { s: (await this.owner.command(attempt)).s, refusals };
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        refusals.push(error.code);
        if (error.code !== "UNAVAILABLE" && error.code !== "OUTCOME_UNKNOWN") throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  }

  /** Everything that has happened, partition by partition. */
  async entries(): Promise<Entry[]> {
    const entries: Entry[] = [];
    for (let p = 0; p < this.partitions; p++) {
      for (const { data } of await this.journal.read(p, 1, 1_000_000)) entries.push(...decodeRecord(data).e);
    }
    return entries;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const member of this.members) await member.leave();
    await this.bus[Symbol.asyncDispose]();
  }
}

/** One process: its ports can be cut, stopped for a while, or taken away for good. */
export class Member {
  readonly name: string;
  /** What it has said, beacons left out when they are old. */
  readonly beacons: Beacon[] = [];
  readonly events: string[] = [];
  fanout: Fanout | undefined;
  readonly #fleet: Fleet;
  readonly #answerers = new Map<string, (data: Uint8Array) => Promise<Uint8Array>>();
  readonly #subscriptions = new Set<Subscription>();
  #awake: Promise<void> = Promise.resolve();
  #wake: () => void = () => {};
  #silent = false;
  #leasesCut = false;

  constructor(name: string, fleet: Fleet) {
    this.name = name;
    this.#fleet = fleet;
  }

  async start(): Promise<void> {
    const { journal, store, partitions } = this.#fleet;
    const config = { partitions, journalKeepMs: 86_400_000, journalKeepBytes: 2 ** 30, backlogMemoryBytes: 2 ** 24 };
    this.fanout = await startFanout(config, {
      journal: this.#gated(journal),
      store: this.#gated(store),
      bus: this.#bus(),
      leases: this.#leases(),
      clock: systemClock,
      registry: new Registry(),
      log: silentLog,
    });
  }

  answers(p: number): boolean {
    return this.#answerers.has(`cmd.${p}`);
  }

  get count(): number {
    return Array.from({ length: this.#fleet.partitions }, (_, p) => p).filter((p) => this.answers(p)).length;
  }

  /** Asks this very process, whoever else answers by now. */
  async ask(subject: string, data: Uint8Array): Promise<unknown> {
    const answerer = this.#answerers.get(subject);
    if (answerer === undefined) throw new Error(`${this.name} does not answer ${subject}`);
    return unpack(await answerer(data));
  }

  cutLeases(cut: boolean): void {
    this.#leasesCut = cut;
  }

  /** Whatever it does from here on waits until it wakes. */
  pause(): void {
    if (this.#silent) return;
    this.#silent = true;
    this.#awake = new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  resume(): void {
    this.#silent = false;
    this.#wake();
  }

  /** It is gone from one moment to the next. */
  kill(): void {
    this.pause();
    this.#wake = () => {};
    for (const subscription of this.#subscriptions) subscription.stop();
    this.#answerers.clear();
    this.fanout = undefined;
  }

  async leave(): Promise<void> {
    const { fanout } = this;
    this.fanout = undefined;
    await fanout?.[Symbol.asyncDispose]();
  }

  async #through<T>(work: () => Promise<T>): Promise<T> {
    await this.#awake;
    try {
      return await work();
    } finally {
      await this.#awake;
    }
  }

  #gated<Port extends object>(port: Port): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== "function") return value;
        if (name === "bytes") return value.bind(target);
        return (...args: unknown[]) => this.#through(() => Reflect.apply(value, target, args) as Promise<unknown>);
      },
    });
  }

  #leases(): Leases {
    const real = this.#fleet.leases.as(this.name);
    let answeringSinceMs: number | undefined;
    const asked = <T>(work: () => Promise<T>) =>
      this.#through(() => {
        if (this.#leasesCut) throw new AppError("UNAVAILABLE", "cut");
        return work();
      });
    return {
      holder: real.holder,
      hold: (name) => asked(() => real.hold(name)),
      release: (name) => asked(() => real.release(name)),
      held: async () => {
        try {
          const held = await asked(() => real.held());
          answeringSinceMs ??= systemClock.monotonicMs();
          return held;
        } catch (error) {
          answeringSinceMs = undefined;
          throw error;
        }
      },
      freeForMs: (name) => {
        const ms = answeringSinceMs === undefined ? 0 : real.freeForMs(name);
        return Number.isFinite(ms) ? Math.min(ms, systemClock.monotonicMs() - (answeringSinceMs ?? 0)) : ms;
      },
      onReleased: (then) => real.onReleased((name) => void this.#awake.then(() => then(name))),
      [Symbol.asyncDispose]: () => real[Symbol.asyncDispose](),
    };
  }

  #bus(): Bus {
    const { bus } = this.#fleet;
    return {
      publish: (subject, data) => {
        if (this.#silent) return;
        if (subject.startsWith("beacon.")) this.beacons.push(unpack(data) as Beacon);
        else if (subject.startsWith("ev.")) this.events.push(subject);
        bus.publish(subject, data);
      },
      subscribe: (subject, onMessage) => bus.subscribe(subject, onMessage),
      request: (subject, data, timeoutMs) => bus.request(subject, data, timeoutMs),
      answer: async (subject, onQuestion) => {
        const answerer = (data: Uint8Array) => this.#through(() => onQuestion(data));
        const subscription = await bus.answer(subject, answerer);
        this.#answerers.set(subject, answerer);
        const stop = () => {
          subscription.stop();
          if (this.#answerers.get(subject) === answerer) this.#answerers.delete(subject);
          this.#subscriptions.delete(both);
        };
        const both: Subscription = { stop };
        this.#subscriptions.add(both);
        return both;
      },
      [Symbol.asyncDispose]: async () => {},
    };
  }
}
