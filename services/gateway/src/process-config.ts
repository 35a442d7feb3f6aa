import { type AdminAddress, adminAddress, type Env } from "@guildhall/config";
import { type NatsConfig, natsConfig } from "@guildhall/nats";
import { type RedisConfig, redisConfig } from "@guildhall/presence/redis-settings";
import { type CassandraConfig, cassandraConfig } from "@guildhall/store/cassandra-settings";
import { type GatewayConfig, gatewayConfig } from "./config.ts";

export type GatewayProcessConfig = {
  readonly gateway: GatewayConfig;
  readonly nats: NatsConfig;
  readonly redis: RedisConfig;
  readonly cassandra: CassandraConfig;
  /** Where the sidecar of this host answers. */
  readonly socketPath: string;
  /** Where the api lists the public keys of access tokens. */
  readonly keysUrl: string;
  readonly admin: AdminAddress;
};

/** The settings of a gateway that is a process of its own. */
export function gatewayProcessConfig(env: Env): GatewayProcessConfig {
  return {
    gateway: gatewayConfig(env),
    nats: natsConfig(env),
    redis: redisConfig(env),
    cassandra: cassandraConfig(env),
    socketPath: env.text("PERMISSION_SOCKET", "data/permission.sock"),
    keysUrl: env.text("GATEWAY_KEYS_URL", "http://127.0.0.1:7080/.well-known/jwks.json"),
    admin: adminAddress(env),
  };
}
