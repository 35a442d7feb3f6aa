import { networkInterfaces } from "node:os";
import { TABLES } from "@guildhall/installation";
import { inspectJetStream } from "@guildhall/journal/jetstream-inspect";
import { inspectLeases } from "@guildhall/lease/nats-kv-inspect";
import { askMonitor, connectNats, type Nats, type NatsConfig, serverOf } from "@guildhall/nats";
import { inspectRedis } from "@guildhall/presence/redis-inspect";
import type { Table } from "@guildhall/store";
import { inspectCassandra } from "@guildhall/store/cassandra-inspect";
import { replicasFor, serversIn } from "../installation/replicas.ts";
import { bucketOf, type ClusterConfig } from "../installation/settings.ts";
import { judgeCassandra } from "./cassandra.ts";
import type { Check, Finding } from "./finding.ts";
import { judgeCluster, judgeLeases, judgeServer, judgeStreams, judgeSync } from "./nats.ts";
import { judgeRedis } from "./redis.ts";

const NAME = "guildhall doctor";

/** Checks of a cluster's servers, each by itself: one that does not answer keeps the others from nothing. */
export function clusterChecks(config: ClusterConfig, nowMs: () => number): Check[] {
  const { nats, natsMonitors, cassandra, redis, partitions } = config;
  return [
    ...nats.servers.map(
      (server): Check => ({
        name: `nats ${server}`,
        mend: "start it, let this machine reach it, or set NATS_SERVERS, NATS_USER, NATS_PASSWORD_FILE and NATS_CA_FILE right",
        look: () =>
          withNats({ ...nats, servers: [server] }, async ({ connection }) => judgeServer(serverOf(connection))),
      }),
    ),
    ...syncChecks(natsMonitors),
    {
      name: "jetstream",
      mend: "see to the nats-servers first: JetStream needs more than half of them",
      look: () =>
        withNats(nats, async (open) => {
          const servers = serversIn(config, open);
          const replicas = config.natsReplicas ?? replicasFor(servers);
          const found = await inspectJetStream({ nats: open, partitions, replicas, prefix: config.prefix, nowMs });
          return [judgeCluster(servers), ...judgeStreams(found, partitions, replicas)];
        }),
    },
    {
      name: "leases",
      mend: "see to the nats-servers first: JetStream needs more than half of them",
      look: () =>
        withNats(nats, async (open) => {
          const replicas = config.natsReplicas ?? replicasFor(serversIn(config, open));
          return judgeLeases(await inspectLeases(open, bucketOf(config)), replicas);
        }),
    },
    {
      name: "cassandra",
      mend: "start it, let this machine reach it, or set CASSANDRA_CONTACT_POINTS, CASSANDRA_DATACENTER, CASSANDRA_USER, CASSANDRA_PASSWORD_FILE and CASSANDRA_CA_FILE right",
      look: async () => {
        const { keyspace, datacenter, replicas, login } = cassandra;
        const found = await inspectCassandra(cassandra, TABLES as readonly unknown[] as readonly Table[], nowMs);
        return judgeCassandra(found, { keyspace, datacenter, replicas, login: login !== undefined });
      },
    },
    {
      name: "redis",
      mend: "start it, let this machine reach it, or set REDIS_URL, REDIS_USER, REDIS_PASSWORD_FILE and REDIS_CA_FILE right; without it limits are each process's own",
      look: async () => judgeRedis(await inspectRedis(redis, nowMs)),
    },
  ];
}

/** What only monitors tell, each by itself. */
function syncChecks(monitors: readonly string[]): Check[] {
  const [name, mend] = ["nats disk", "see to that server, or set NATS_MONITORS right"];
  if (monitors.length === 0) return [{ name, mend, look: async () => judgeSync([]) }];
  return monitors.map((url) => ({ name, mend, look: async () => judgeSync([await askMonitor(url)]) }));
}

async function withNats(config: NatsConfig, look: (nats: Nats) => Promise<Finding[]>): Promise<Finding[]> {
  const nats = await connectNats(config, NAME, () => {});
  try {
    return await look(nats);
  } finally {
    await nats[Symbol.asyncDispose]();
  }
}

/** Which of the servers run on this machine, as far as their addresses say. */
export function serversHere({ cassandra, redis }: ClusterConfig): { cassandra: boolean; redis: boolean } {
  const own = new Set([
    "localhost",
    ...Object.values(networkInterfaces()).flatMap((all) => all?.map(({ address }) => address) ?? []),
  ]);
  const isHere = (place: string): boolean => own.has(place.replace(/:\d+$/, ""));
  return { cassandra: cassandra.contactPoints.some(isHere), redis: isHere(new URL(redis.url).host) };
}
