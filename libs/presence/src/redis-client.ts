import { readFileSync } from "node:fs";
import { AppError } from "@guildhall/kernel";
import { Redis } from "ioredis";
import type { RedisConfig } from "./redis-settings.ts";

/** Redis answers in a millisecond or is of no use. */
const COMMAND_TIMEOUT_MS = 500;
const CONNECT_TIMEOUT_MS = 5_000;
/** Waits between two tries to come back. */
const RETRY_STEP_MS = 200;
const RETRY_MAX_MS = 5_000;

/**
 * Connects, and comes back by itself as often as the server is lost. Commands are refused while it is.
 * @throws AppError `UNAVAILABLE` when it is not there at the start or does not let us in: a mistake of the settings then.
 */
export async function connectRedis(config: RedisConfig, onError: (error: unknown) => void): Promise<Redis> {
  const redis = new Redis(config.url, {
    lazyConnect: true,
    enableOfflineQueue: false,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    enableAutoPipelining: false,
    retryStrategy: (attempt: number) => Math.min(RETRY_MAX_MS, attempt * RETRY_STEP_MS),
    ...(config.login === undefined ? {} : { username: config.login.user, password: config.login.password }),
    ...(config.caFile === undefined ? {} : { tls: { ca: [readFileSync(config.caFile)] } }),
  });
  let last: unknown;
  redis.on("error", (error: unknown) => {
    last = error;
    onError(error);
  });
  try {
    await redis.connect();
    await redis.ping();
    return redis;
  } catch (cause) {
    redis.disconnect();
    const why = last instanceof Error ? last.message : cause instanceof Error ? cause.message : String(cause);
    throw new AppError("UNAVAILABLE", `Redis at ${config.url}: ${why}`, { cause });
  }
}
