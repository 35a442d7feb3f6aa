import { type Env, type Login, loginOf } from "@guildhall/config";

export type RedisConfig = {
  /** `redis://host:port` or `rediss://host:port`. */
  readonly url: string;
  readonly login: Login | undefined;
  /** With it the server must show a certificate of this authority. */
  readonly caFile: string | undefined;
};

/** Where Redis is and how to sign in there. */
export function redisConfig(env: Env): RedisConfig {
  const url = env.text("REDIS_URL", "redis://127.0.0.1:6379");
  if (!/^rediss?:\/\/[^/@]+$/.test(url)) env.mistake("REDIS_URL must be redis://host:port or rediss://host:port");
  return {
    url,
    login: loginOf(env, "REDIS"),
    caFile: env.optional("REDIS_CA_FILE"),
  };
}
