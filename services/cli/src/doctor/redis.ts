import type { RedisFound } from "@guildhall/presence/redis-inspect";
import { judgeClock } from "./clock.ts";
import { type Finding, ok, warn, wrong } from "./finding.ts";
import { isAtLeast } from "./version.ts";

const LEAST = "7.0";

export function judgeRedis({ version, maxMemoryBytes, evicts, ahead }: RedisFound): Finding[] {
  const words = `Redis ${version}`;
  const findings = [
    isAtLeast(version, LEAST) ? ok(words) : wrong(`${words} is older than ${LEAST}`, `update it to ${LEAST} or newer`),
  ];
  if (maxMemoryBytes === 0) {
    findings.push(
      warn("Redis takes memory without a bound", "maxmemory 256mb and maxmemory-policy noeviction in redis.conf"),
    );
  } else if (evicts !== undefined && evicts !== "noeviction") {
    findings.push(
      warn(
        `Redis forgets limits and presence when it is full (maxmemory-policy ${evicts})`,
        "maxmemory-policy noeviction in redis.conf",
      ),
    );
  }
  return [...findings, judgeClock("Redis", ahead)];
}
