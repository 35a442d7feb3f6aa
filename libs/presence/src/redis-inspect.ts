import { AppError } from "@guildhall/kernel";
import { connectRedis } from "./redis-client.ts";
import type { RedisConfig } from "./redis-settings.ts";

/** What a Redis server says of itself. */
export type RedisFound = {
  readonly version: string;
  /** Undefined where this user may not see it. */
  readonly maxMemoryBytes: number | undefined;
  readonly evicts: string | undefined;
  /** The server's clock less ours, ms, and how far wrong that may be. */
  readonly ahead: { readonly ms: number; readonly within: number };
};

/** @throws AppError `UNAVAILABLE` when it is not there or does not let us in. */
export async function inspectRedis(config: RedisConfig, nowMs: () => number): Promise<RedisFound> {
  const redis = await connectRedis(config, () => {});
  try {
    const server = await redis.info("server");
    const memory = await redis.info("memory").catch(() => "");
    const beforeMs = nowMs();
    const [seconds, micros] = await redis.time();
    const afterMs = nowMs();
    const serverMs = Number(seconds) * 1_000 + Number(micros) / 1_000;
    const maxMemory = fieldOf(memory, "maxmemory");
    return {
      version: fieldOf(server, "redis_version") ?? "0.0.0",
      maxMemoryBytes: maxMemory === undefined ? undefined : Number(maxMemory),
      evicts: fieldOf(memory, "maxmemory_policy"),
      ahead: { ms: serverMs - (beforeMs + afterMs) / 2, within: (afterMs - beforeMs) / 2 },
    };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("UNAVAILABLE", `Redis at ${config.url}: ${why}`, { cause });
  } finally {
    redis.disconnect();
  }
}

/** One field of what INFO answers. */
function fieldOf(text: string, name: string): string | undefined {
  const line = text.split("\r\n").find((one) => one.startsWith(`${name}:`));
  return line?.slice(name.length + 1);
}
