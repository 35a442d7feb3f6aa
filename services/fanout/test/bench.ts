import type { Bus } from "@guildhall/bus";
import { memoryBus } from "@guildhall/bus/memory";
import type { Journal } from "@guildhall/journal";
import { type Clock, makeNonce, partitionOf, randomId, systemClock } from "@guildhall/kernel";
import { MemoryLeases } from "@guildhall/lease/memory";
import { ownerClient } from "@guildhall/owner";
import type { Command, CommandName, EventBatch } from "@guildhall/proto";
import type { Store } from "@guildhall/store";
import { type MemoryStoreOptions, memoryStore } from "@guildhall/store/memory";
import { Registry } from "@guildhall/telemetry";
import { silentLog } from "@guildhall/telemetry/log";
import { decodeBatch, evSubject } from "@guildhall/wire";
import { FANOUT_TABLES, type Fanout, startFanout } from "../src/fanout.ts";

export const PARTITIONS = 2;
const CONFIG = {
  partitions: PARTITIONS,
  journalKeepMs: 86_400_000,
  journalKeepBytes: 2 ** 30,
  backlogMemoryBytes: 2 ** 24,
};

export type Bench = AsyncDisposable & {
  readonly bus: Bus;
  readonly store: Store;
  readonly fanout: Fanout;
  readonly owner: ReturnType<typeof ownerClient>;
  readonly batches: EventBatch[];
  readonly registry: Registry;
};

/** A fanout on a journal, with what a gateway would use to talk to it. `listen` is done before it starts. */
export async function startBench(
  journal: Journal,
  store: Store = newStore(),
  listen: (bus: Bus) => Promise<void> = async () => {},
  backlogMemoryBytes = CONFIG.backlogMemoryBytes,
  clock: Clock = systemClock,
): Promise<Bench> {
  const bus = memoryBus(() => {});
  await listen(bus);
  const batches: EventBatch[] = [];
  for (let p = 0; p < PARTITIONS; p++) {
    await bus.subscribe(evSubject(p), ({ data }) => void batches.push(decodeBatch(data)));
  }
  // Of its own: whoever starts takes over at once.
  const leases = new MemoryLeases(systemClock).as("bench");
  const registry = new Registry();
  const ports = { journal, store, bus, leases, clock, registry, log: silentLog };
  const fanout = await startFanout({ ...CONFIG, backlogMemoryBytes }, ports);
  const owner = ownerClient(bus, { partitions: PARTITIONS, timeoutMs: 10_000 });
  return {
    bus,
    store,
    fanout,
    owner,
    batches,
    registry,
    [Symbol.asyncDispose]: async () => {
      await fanout[Symbol.asyncDispose]();
      await bus[Symbol.asyncDispose]();
    },
  };
}

export function newStore(options: MemoryStoreOptions = {}): Store {
  return memoryStore(FANOUT_TABLES, options);
}

/** A deadline, by the monotonic clock of owners in this process. */
export const deadlineIn = (ms: number): number => Math.ceil(performance.now()) + ms;

export function command(g: number, u: number, m: CommandName, a: unknown, more: Partial<Command> = {}): Command {
  const nowMs = Date.now();
  const base = { g, l: 0, u, dev: "d", auth: nowMs, n: makeNonce(nowMs), m, a, as: 0, pv: 0, why: "" };
  return { ...base, dl: deadlineIn(10_000), at: crypto.randomUUID(), ...more };
}

export const say = (g: number, u: number, text: string, more: Partial<Command> = {}) =>
  command(g, u, "msg.send", { k: "text", b: { t: text } }, more);

/** Makes a group owned by a fresh person; its one event is seq 1. */
export async function newGroup(
  { owner }: Pick<Bench, "owner">,
  p?: number,
  partitions = PARTITIONS,
): Promise<{ g: number; u: number }> {
  let g = randomId();
  while (p !== undefined && partitionOf(g, partitions) !== p) g = randomId();
  const u = randomId();
  await owner.command(command(g, u, "group.create", { name: "Test", category: "study", number: 100_000_001 }));
  return { g, u };
}
