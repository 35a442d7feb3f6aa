import { TABLES } from "@guildhall/installation";
import { jetstreamJournal } from "@guildhall/journal/jetstream";
import { inspectJetStream } from "@guildhall/journal/jetstream-inspect";
import { Closers, systemClock } from "@guildhall/kernel";
import type { Leases } from "@guildhall/lease";
import { natsLeases } from "@guildhall/lease/nats-kv";
import { inspectLeases } from "@guildhall/lease/nats-kv-inspect";
import { connectNats } from "@guildhall/nats";
import type { Table } from "@guildhall/store";
import { cassandraStore } from "@guildhall/store/cassandra";
import { Failure } from "../command.ts";
import { replicasFor, serversIn } from "./replicas.ts";
import { bucketOf, type ClusterConfig } from "./settings.ts";
import type { Begins, Side } from "./side.ts";

/** Nothing is refused for its size: what one journal has kept another takes. */
const ANY_BYTES = Number.MAX_SAFE_INTEGER;

export type Cluster = AsyncDisposable & {
  readonly leases: Leases;
  /** Journal and store; streams that are not there are made when they are first asked for. */
  side(begins?: Begins): Promise<Side>;
  /** @throws Failure unless the journal has as many partitions: looking at it otherwise would make the missing ones. */
  mustHave(partitions: number): Promise<void>;
};

export type ClusterUse = {
  /** A target's schema is made; a source's is waited for. */
  readonly isTarget: boolean;
  /** Tables besides those of an installation. */
  readonly more: readonly Table<never>[];
};

/**
 * Connects to the servers of a cluster.
 * @throws AppError `UNAVAILABLE` when one of them does not answer; `CONFLICT` when something is there in another form.
 */
export async function openCluster(config: ClusterConfig, { isTarget, more }: ClusterUse): Promise<Cluster> {
  const closers = new Closers();
  try {
    const nats = closers.use(await connectNats(config.nats, "guildhall move", () => {}));
    const wanted = replicasFor(serversIn(config, nats));
    if (isTarget && config.natsReplicas === undefined && wanted > 1) {
      throw new Failure(`set NATS_REPLICAS=${wanted}, for the services too: there are enough nats-servers for it`);
    }
    let replicas = config.natsReplicas ?? 1;
    const tables = [...TABLES, ...more] as unknown as Table[];
    const store = closers.use(await cassandraStore({ config: config.cassandra, tables, changesSchema: isTarget }));
    const bucket = bucketOf(config);
    const { prefix } = config;
    const holder = `move-${crypto.randomUUID()}`;
    const known = await inspectLeases(nats, bucket);
    const leases = closers.use(
      await natsLeases({
        nats,
        clock: systemClock,
        holder,
        replicas: known?.replicas ?? replicas,
        ...(bucket === undefined ? {} : { bucket }),
      }),
    );
    return {
      leases,
      async side(begins) {
        const options = { nats, partitions: 0, replicas, maxBytes: ANY_BYTES, prefix };
        const journal = await jetstreamJournal({ ...options, ...(begins === undefined ? {} : { begins }) });
        return { name: "the cluster", journal, store, [Symbol.asyncDispose]: () => journal[Symbol.asyncDispose]() };
      },
      async mustHave(partitions) {
        const { streams } = await inspectJetStream({
          nats,
          partitions,
          replicas,
          prefix,
          nowMs: () => systemClock.nowMs(),
        });
        // A source's copies are as they are.
        if (config.natsReplicas === undefined) replicas = streams[0]?.replicas ?? replicas;
        if (streams.length === partitions && streams.every(({ partition }) => partition < partitions)) return;
        throw new Failure(
          `the cluster has streams of ${streams.length} partitions, not ${partitions}: set PARTITIONS to the number it was made with, or see guildhall doctor --cluster`,
        );
      },
      [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
    };
  } catch (error) {
    await closers[Symbol.asyncDispose]();
    throw error;
  }
}
