import type { Bus } from "@guildhall/bus";
import { FEATURES, TABLES } from "@guildhall/installation";
import type { Journal } from "@guildhall/journal";
import { type Clock, Closers, type Service } from "@guildhall/kernel";
import type { Leases } from "@guildhall/lease";
import { ownerClient } from "@guildhall/owner";
import { BEACON_EVERY_MS } from "@guildhall/proto";
import type { Store, Table } from "@guildhall/store";
import type { Registry } from "@guildhall/telemetry";
import type { Log } from "@guildhall/telemetry/log";
import { PromptReads } from "./commit/prompt-reads.ts";
import type { FanoutConfig } from "./config.ts";
import { Beats } from "./dispatch/beats.ts";
import { fanoutMetrics } from "./metrics.ts";
import { Distribution } from "./ownership/distribution.ts";
import { HandOvers } from "./ownership/hand-overs.ts";
import { Partition } from "./ownership/partition.ts";
import { trimJournal } from "./ownership/trim.ts";
import { Turns } from "./persist/turns.ts";

const SWEEP_EVERY_MS = 10_000;
const TRIM_EVERY_MS = 60_000;
/** How long a consequence for another entity waits for its owner, ms. */
const ASK_MAX_MS = 10_000;

const STORE_GATHER_MS = 100;

/** Every table the owner writes. */
export const FANOUT_TABLES: readonly Table<never>[] = TABLES;

export type FanoutPorts = {
  readonly journal: Journal;
  readonly store: Store;
  /** A record waits at most this long for others to go to the store with it: longer where a write costs much; 100 when not given. */
  readonly storeGatherMs?: number;
  readonly bus: Bus;
  /** Who owns which partition; nobody is served by who does not hold it. */
  readonly leases: Leases;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly log: Log;
};

export type Fanout = Service & {
  /** Whether this process has its share of the partitions and serves it. */
  ready(): boolean;
};

/**
 * Owns its share of the partitions: runs their commands, appends the outcome to the journal, tells gateways and
 * sidecars, and brings it to the store. Resolves when it serves what nobody held; what somebody held, and what is
 * handed over later, it takes when its time has come. Closing it hands everything over.
 */
export async function startFanout(config: FanoutConfig, ports: FanoutPorts): Promise<Fanout> {
  const closers = new Closers();
  const partitions: Partition[] = [];
  const sum = (of: (partition: Partition) => number | undefined) =>
    partitions.reduce((total, partition) => total + (of(partition) ?? 0), 0);
  const metrics = fanoutMetrics(ports.registry, {
    owned: () => sum((partition) => (partition.ownership === undefined ? 0 : 1)),
    position: () => sum((partition) => partition.ownership?.term.position),
    stored: () => sum((partition) => partition.ownership?.persist.stored),
    backlogBytes: () => sum((partition) => partition.ownership?.persist.backlogBytes),
    backlogGoneBytes: () => sum((partition) => partition.ownership?.persist.goneBytes),
    storeLagSeconds: () => {
      const nowMs = ports.clock.nowMs();
      const ages = partitions.map(({ ownership }) => nowMs - (ownership?.persist.oldestAtMs ?? nowMs));
      return Math.max(0, ...ages) / 1_000;
    },
    entities: () => sum((partition) => partition.ownership?.term.entities),
    journalBytes: () => ports.journal.bytes(),
  });
  const owner = ownerClient(ports.bus, { partitions: config.partitions, timeoutMs: ASK_MAX_MS });
  const { patient, prompt } = new PromptReads(ports.store, ports.clock);
  const rereads = new Turns();
  const beats = new Beats(BEACON_EVERY_MS);
  const handOvers = new HandOvers(ports.log);
  closers.defer(() => handOvers[Symbol.dispose]());
  for (let p = 0; p < config.partitions; p++) {
    partitions.push(
      new Partition(p, {
        ...ports,
        store: patient,
        reads: prompt,
        beats,
        handOvers,
        owner,
        metrics,
        features: FEATURES,
        gatherMs: ports.storeGatherMs ?? STORE_GATHER_MS,
        backlogMemoryBytes: config.backlogMemoryBytes,
        rereads,
      }),
    );
  }
  const distribution = new Distribution(partitions, { ...ports, metrics });
  closers.defer(async () => {
    await distribution[Symbol.asyncDispose]();
    await Promise.all(partitions.map((partition) => partition[Symbol.asyncDispose]()));
    await ports.store.flush();
  });
  try {
    await handOvers.listen(config.partitions, ports.bus);
    await distribution.start();
  } catch (error) {
    // Why it did not start says more than why it did not close well.
    await closers[Symbol.asyncDispose]().catch(() => {});
    throw error;
  }
  closers.defer(every(SWEEP_EVERY_MS, () => partitions.forEach((partition) => partition.sweep())));
  closers.defer(every(TRIM_EVERY_MS, () => void trimAll(partitions, config, ports)));

  return {
    name: "fanout",
    ready: () => distribution.ready,
    [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
  };
}

/** Never rejects: a trim that failed is tried again a minute later. */
async function trimAll(partitions: readonly Partition[], config: FanoutConfig, ports: FanoutPorts): Promise<void> {
  const limits = { keepMs: config.journalKeepMs, keepBytes: config.journalKeepBytes };
  for (const { p, ownership } of partitions) {
    if (ownership === undefined) continue;
    const done = Math.min(ownership.persist.stored, ownership.relay.position);
    try {
      await trimJournal(p, ports.journal, ports.store, done, ports.clock.nowMs(), limits);
    } catch (error) {
      ports.log.error("trim_failed", error, { p });
    }
  }
}

function every(ms: number, run: () => void): () => void {
  const timer = setInterval(run, ms);
  timer.unref();
  return () => clearInterval(timer);
}
