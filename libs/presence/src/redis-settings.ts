import { type Env, secretFile } from "@guildhall/config";

export type RedisConfig = {
  /** `redis://host:port` or `rediss://host:port`. */
  readonly url: string;
  readonly login: { readonly user: string; readonly password: string } | undefined;
  /** With it the server must show a certificate of this authority. */
  readonly caFile: string | undefined;
};

const NONE = "none";

/** Where Redis is and how to sign in there. */
export function redisConfig(env: Env): RedisConfig {
  const url = env.text("REDIS_URL", "redis://127.0.0.1:6379");
  const user = env.text("REDIS_USER", NONE);
  const password = secretFile(env, "REDIS_PASSWORD_FILE");
  const caFile = env.text("REDIS_CA_FILE", NONE);
  if (!/^rediss?:\/\/[^/@]+$/.test(url)) env.mistake("REDIS_URL must be redis://host:port or rediss://host:port");
  if ((user === NONE) !== (password === undefined))
    env.mistake("REDIS_USER and REDIS_PASSWORD_FILE are set together or not at all");
  return {
    url,
    login: user === NONE || password === undefined ? undefined : { user, password },
    caFile: caFile === NONE ? undefined : caFile,
  };
}
