import { Env, itemsOf } from "@guildhall/config";
import { type NatsConfig, natsConfig } from "@guildhall/nats";
import { type RedisConfig, redisConfig } from "@guildhall/presence/redis-settings";
import { type CassandraConfig, cassandraConfig } from "@guildhall/store/cassandra-settings";

/** Where a cluster is and how to sign in there: by the same settings as the services. */
export type ClusterConfig = {
  readonly partitions: number;
  readonly nats: NatsConfig;
  /** Copies of each stream; undefined: as many as the number of servers asks for. */
  readonly natsReplicas: number | undefined;
  /** Monitoring ports of the nats-servers, as URLs. */
  readonly natsMonitors: readonly string[];
  /** In front of the names of streams and of the bucket of leases; none in an installation, one a test. */
  readonly prefix: string;
  readonly cassandra: CassandraConfig;
  readonly redis: RedisConfig;
};

export type Settings = Readonly<Record<string, string | undefined>>;

/** Not set: told by the number of servers. */
const BY_SERVERS = 0;

/** @throws Error naming every setting that is wrong, and no secret. */
export function clusterConfig(settings: Settings): ClusterConfig {
  const env = new Env(settings);
  const natsReplicas = env.int("NATS_REPLICAS", BY_SERVERS, { min: 0, max: 5 });
  const monitors = env.optional("NATS_MONITORS");
  const config = {
    partitions: env.int("PARTITIONS", 16, { min: 1, max: 1_024 }),
    nats: natsConfig(env),
    natsReplicas: natsReplicas === BY_SERVERS ? undefined : natsReplicas,
    prefix: "",
    natsMonitors: itemsOf(monitors ?? ""),
    cassandra: cassandraConfig(env),
    redis: redisConfig(env),
  };
  if (config.natsMonitors.some((url) => !/^https?:\/\/[^/@]+$/.test(url)))
    env.mistake("NATS_MONITORS must be http://host:port, with commas between");
  env.done();
  return config;
}

/** The bucket of the installation's leases; undefined for the usual one. */
export function bucketOf({ prefix }: ClusterConfig): string | undefined {
  return prefix === "" ? undefined : `${prefix}leases`;
}

/** What must never be printed. */
export function secretsOf({ nats, cassandra, redis }: ClusterConfig): string[] {
  return [nats.login, cassandra.login, redis.login].flatMap((login) => (login === undefined ? [] : [login.password]));
}
