import { type Env, listenHost } from "@guildhall/config";
import { type NatsConfig, natsConfig } from "@guildhall/nats";
import { type CassandraConfig, cassandraConfig } from "@guildhall/store/cassandra-settings";
import { type FanoutConfig, fanoutConfig } from "./config.ts";

export type FanoutProcessConfig = {
  readonly fanout: FanoutConfig;
  readonly nats: NatsConfig;
  readonly cassandra: CassandraConfig;
  /** NATS servers that keep each record and each lease. */
  readonly replicas: number;
  /** An append beyond it is refused. */
  readonly journalMaxBytes: number;
  readonly admin: { readonly host: string; readonly port: number };
};

/** Settings of a fanout in a process of its own. */
export function fanoutProcessConfig(env: Env): FanoutProcessConfig {
  return {
    fanout: fanoutConfig(env),
    nats: natsConfig(env),
    cassandra: cassandraConfig(env),
    replicas: env.int("NATS_REPLICAS", 1, { min: 1, max: 5 }),
    journalMaxBytes: env.int("JOURNAL_MAX_MIB", 2_048, { min: 1, max: 1_048_576 }) * 1024 * 1024,
    admin: { host: listenHost(env, "ADMIN", false), port: env.int("ADMIN_PORT", 7090, { min: 0, max: 65_535 }) },
  };
}
