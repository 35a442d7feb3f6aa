import type { Env } from "@guildhall/config";
import { type NatsConfig, natsConfig } from "@guildhall/nats";
import { type RedisConfig, redisConfig } from "@guildhall/presence/redis-settings";
import { type ApiConfig, apiConfig } from "./config.ts";

export type ApiProcessConfig = {
  readonly api: ApiConfig;
  readonly nats: NatsConfig;
  readonly redis: RedisConfig;
  /** The private key of access tokens, a JWK. */
  readonly keyFile: string;
  /** Where the hash of the operator's key is kept. */
  readonly operatorFile: string;
};

/** The settings of an api that is a process of its own. */
export function apiProcessConfig(env: Env): ApiProcessConfig {
  return {
    api: apiConfig(env),
    nats: natsConfig(env),
    redis: redisConfig(env),
    keyFile: env.text("API_TOKEN_KEY_FILE", "data/token-key.json"),
    operatorFile: env.text("API_OPERATOR_FILE", "data/operator.json"),
  };
}
