import type { Bus } from "@guildhall/bus";
import { memoryBus } from "@guildhall/bus/memory";
import { Env } from "@guildhall/config";
import { type Clock, Closers, randomId } from "@guildhall/kernel";
import { may } from "@guildhall/model";
import type { Permit } from "@guildhall/permit";
import { localPermit } from "@guildhall/permit/local";
import type { Presence } from "@guildhall/presence";
import { memoryPresence } from "@guildhall/presence/memory";
import type { Answer, GroupFacts, MemberFacts, Question } from "@guildhall/proto";
import type { Encoding } from "@guildhall/proto/tables";
import type { Store } from "@guildhall/store";
import { memoryStore } from "@guildhall/store/memory";
import { Registry } from "@guildhall/telemetry";
import { silentLog } from "@guildhall/telemetry/log";
import { until } from "@guildhall/testkit";
import { TIMELINE, TIMELINE_BUCKETS } from "@guildhall/timeline";
import { type GatewayConfig, gatewayConfig } from "../src/config.ts";
import { type Gateway, startGateway } from "../src/gateway.ts";
import { Client, device, keys } from "./client.ts";
import { FakeOwner, PARTITIONS } from "./fake-owner.ts";

/** The system's clock with a lead that a test may lengthen. */
export type LeadClock = Clock & { advance(ms: number): void };

export function leadClock(): LeadClock {
  let leadMs = 0;
  return {
    nowMs: () => Date.now() + leadMs,
    monotonicMs: () => performance.now() + leadMs,
    advance(ms) {
      leadMs += ms;
    },
  };
}

/** Bits: a member sees, reads and sends. */
const MEMBER_BITS = 0b1111;

/** Facts of groups as the permission service would hold them; a test changes them when it likes. */
export class Facts {
  readonly #groups = new Map<number, { v: number; members: Map<number, MemberFacts>; lo: number }>();
  asked: Question[] = [];
  /** Awaited before each answer. */
  before: (question: Question) => Promise<void> | undefined = () => undefined;

  group(g: number, people: readonly number[], { v = 0, lo = MEMBER_BITS } = {}): void {
    const members = new Map(people.map((u): [number, MemberFacts] => [u, { roles: [1], mute: 0 }]));
    this.#groups.set(g, { v, members, lo });
  }

  /** The person's membership as it is from version `v` on; null: none. */
  member(g: number, u: number, facts: MemberFacts, v: number): void {
    const group = this.#groups.get(g);
    if (group === undefined) throw new Error("no such group");
    group.v = v;
    group.members.set(u, facts);
  }

  async check(question: Question): Promise<Answer> {
    this.asked.push(question);
    await this.before(question);
    const held = this.#groups.get(question.g);
    if (held === undefined) return may(question, { group: null, member: null, on: null }, Date.now());
    if (question.minV > held.v) return { ok: false, v: held.v, lo: 0, hi: 0, rank: 0, why: "STALE" };
    const roles = [{ id: 1, name: "Member", rank: 100, lo: held.lo, hi: 0 }];
    const group: GroupFacts = { g: question.g, v: held.v, owner: 9, state: "active", muteAll: false, roles };
    const on = question.on === undefined ? null : (held.members.get(question.on) ?? null);
    return may(question, { group, member: held.members.get(question.u) ?? null, on }, Date.now());
  }

  permit(): Permit {
    return localPermit({
      check: (question) => this.check(question),
      explain: () => Promise.reject(new Error("not asked here")),
    });
  }
}

export type Bench = AsyncDisposable & {
  readonly gateway: Gateway;
  readonly owner: FakeOwner;
  readonly facts: Facts;
  readonly clock: LeadClock;
  readonly bus: Bus;
  readonly store: Store;
  readonly presence: Presence;
  readonly registry: Registry;
  /** A group of these people, with a first event. */
  group(...people: number[]): number;
  connect(encoding?: Encoding): Promise<Client>;
  /** A client that has said hello. */
  person(u: number, encoding?: Encoding): Promise<Client>;
};

export type BenchOptions = {
  readonly config?: Partial<GatewayConfig>;
  readonly settings?: Readonly<Record<string, string>>;
  readonly beat?: boolean;
  /** What the gateway and its owner talk over, where that is not one bus in memory; left to who made them. */
  readonly buses?: { readonly gateway: Bus; readonly owner: Bus };
};

/** Any free port, no waiting at the end, and no limits but the ones a test sets. */
const SETTINGS = {
  GATEWAY_PORT: "0",
  PARTITIONS: String(PARTITIONS),
  GATEWAY_DRAIN_MS: "0",
  GUILDHALL_PROFILE: "loadtest",
  GATEWAY_CONNECTIONS_PER_PERSON: "10",
};

/** A gateway on memory adapters, an owner that does as told, and clients. `beat` false: beacons are the test's. */
export async function startBench({
  config = {},
  settings = {},
  beat = true,
  buses,
}: BenchOptions = {}): Promise<Bench> {
  const closers = new Closers();
  const bus = buses?.gateway ?? closers.use(memoryBus(() => {}));
  const store = closers.use(memoryStore([TIMELINE as never, TIMELINE_BUCKETS as never]));
  const clock = leadClock();
  const presence = closers.use(memoryPresence(clock));
  const facts = new Facts();
  const permit = closers.use(facts.permit());
  const registry = new Registry();
  const owner = new FakeOwner(buses?.owner ?? bus, store);
  await owner.start();
  const env = gatewayConfig(new Env({ ...SETTINGS, ...settings }));
  const ports = { bus, store, permit, presence, keys, clock, registry, log: silentLog };
  const gateway = closers.use(await startGateway({ ...env, ...config }, ports));
  if (beat) closers.defer(beating(owner));
  const clients = new Set<Client>();
  closers.defer(() => {
    for (const { socket } of clients) socket.terminate();
  });

  async function connect(encoding: Encoding = "msgpack"): Promise<Client> {
    const client = new Client(gateway.url, encoding);
    clients.add(client);
    await until(() => client.socket.readyState === client.socket.OPEN || client.closed !== undefined);
    return client;
  }
  return {
    gateway,
    owner,
    facts,
    clock,
    bus,
    store,
    presence,
    registry,
    connect,
    group(...people) {
      const g = randomId();
      facts.group(g, people);
      owner.say(g, { u: 9, k: "group.create", b: { name: "Test" } });
      return g;
    },
    async person(u, encoding = "msgpack") {
      const client = await connect(encoding);
      await client.hello(u, device());
      return client;
    },
    [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
  };
}

function beating(owner: FakeOwner): () => void {
  // As a term says one when it begins.
  owner.beacon();
  const timer = setInterval(() => owner.beacon(), 200);
  return () => clearInterval(timer);
}
