import { type AdminAddress, adminAddress, type Env } from "@guildhall/config";
import { type NatsConfig, natsConfig } from "@guildhall/nats";
import { type CassandraConfig, cassandraConfig } from "@guildhall/store/cassandra-settings";
import { type FanoutConfig, type FanoutServersConfig, fanoutConfig, fanoutServersConfig } from "./config.ts";

export type FanoutProcessConfig = FanoutServersConfig & {
  readonly fanout: FanoutConfig;
  readonly nats: NatsConfig;
  readonly cassandra: CassandraConfig;
  readonly admin: AdminAddress;
};

/** The settings of a fanout that is a process of its own. */
export function fanoutProcessConfig(env: Env): FanoutProcessConfig {
  return {
    fanout: fanoutConfig(env),
    ...fanoutServersConfig(env),
    nats: natsConfig(env),
    cassandra: cassandraConfig(env),
    admin: adminAddress(env),
  };
}
