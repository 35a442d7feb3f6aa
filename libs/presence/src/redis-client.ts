import { readFileSync } from "node:fs";
import { certificateFault } from "@guildhall/config";
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
    // Both would need rights to commands that are of no use otherwise.
    enableReadyCheck: false,
    disableClientInfo: true,
    retryStrategy: (attempt: number) => Math.min(RETRY_MAX_MS, attempt * RETRY_STEP_MS),
    ...(config.login === undefined ? {} : { username: config.login.user, password: config.login.password }),
    ...(config.caFile === undefined ? {} : { tls: { ca: [readFileSync(config.caFile)] } }),
  });
  let last: Error | undefined;
  redis.on("error", (error: unknown) => {
    last = bare(error);
    onError(last);
  });
  try {
    await redis.connect();
    await redis.ping();
    return redis;
  } catch (error) {
    redis.disconnect();
    const cause = last ?? bare(error);
    throw new AppError("UNAVAILABLE", `Redis at ${config.url}: ${reasonOf(cause, config)}`, { cause });
  }
}

/** The library's error without what it carries: the command that failed may be the one with the password. */
function bare(error: unknown): Error {
  if (!(error instanceof Error)) return new Error(String(error));
  const { code } = error as { code?: unknown };
  return Object.assign(new Error(error.message), code === undefined ? {} : { code });
}

function reasonOf(cause: Error, { login }: RedisConfig): string {
  if (/^(WRONGPASS|NOAUTH)/.test(cause.message)) {
    if (login === undefined) return "it wants a user and a password; see REDIS_USER, REDIS_PASSWORD_FILE";
    return `user ${login.user} is not let in: no such user, or another password; see REDIS_PASSWORD_FILE`;
  }
  return certificateFault(cause, "REDIS_CA_FILE") ?? cause.message;
}
