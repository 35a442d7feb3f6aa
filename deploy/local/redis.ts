import { mkdir, writeFile } from "node:fs/promises";
import { at, type Server, type Settings } from "./folder.ts";
import { freePorts, runToEnd, startServer, untilListening } from "./processes.ts";
import type { Secrets } from "./secrets.ts";

/** Of the container; the system's own may be any from 7.0 on. */
export const REDIS_VERSION = "7.0.15";
const VERSION_MAX_MS = 10_000;
const LISTENING_MAX_MS = 15_000;
const MISSING = "apt-get install redis-server (7.0 or newer); its own service is not used and may be switched off";

/** The system's own redis-server. @throws Error that says how it is had. */
export async function fetchRedis(): Promise<void> {
  const printed = await runToEnd("redis-server", ["--version"], { cwd: at(), maxMs: VERSION_MAX_MS, missing: MISSING });
  const [, version = "0"] = /v=(\d+)\./.exec(printed) ?? [];
  if (Number(version) < 7) throw new Error(`redis-server is too old (${printed.trim()}): ${MISSING}`);
}

/** The commands that presence uses, on its own keys, and nothing else. */
const PRESENCE_COMMANDS = [
  "ping time multi exec discard watch unwatch get set pexpire",
  "zadd zrem zcount zmscore zrangebyscore zremrangebyscore",
]
  .join(" ")
  .split(" ");

/** Users of Redis, as its `aclfile` has them. */
export function redisUsers(passwords: { readonly guildhall: string; readonly test: string }): string {
  const allowed = (commands: readonly string[]) => commands.map((command) => `+${command}`).join(" ");
  return [
    "user default off",
    `user guildhall on >${passwords.guildhall} ~guildhall:* ${allowed(PRESENCE_COMMANDS)}`,
    // Looks whether every key of a test ends.
    `user test on >${passwords.test} ~guildhall:test-* ${allowed(["ping", "keys", "pttl"])}`,
    "",
  ].join("\n");
}

/** One server that keeps nothing over a restart: losing Redis loses nothing that was acknowledged. */
export async function startRedis(
  secrets: Secrets | undefined,
  onStarted: (server: Server) => Promise<void>,
): Promise<Settings> {
  const [port = 0] = await freePorts(1);
  await mkdir(at("data", "redis"), { recursive: true });
  const file = at("data", "redis.conf");
  const users = at("data", "redis.acl");
  const lines = [
    "bind 127.0.0.1",
    // Redis writes over its command line; this keeps it known by its file.
    'proc-title-template "{title} {config-file}"',
    `dir "${at("data", "redis")}"`,
    'save ""',
    "appendonly no",
    "maxmemory 256mb",
  ];
  if (secrets === undefined) lines.push(`port ${port}`);
  else {
    const passwords = { guildhall: secrets.password("redis", "guildhall"), test: secrets.password("redis", "test") };
    await writeFile(users, redisUsers(passwords), { mode: 0o600 });
    lines.push(
      "port 0",
      `tls-port ${port}`,
      "tls-auth-clients no",
      `tls-cert-file "${secrets.certFile}"`,
      `tls-key-file "${secrets.keyFile}"`,
      `tls-ca-cert-file "${secrets.caFile}"`,
      `aclfile "${users}"`,
    );
  }
  await writeFile(file, `${lines.join("\n")}\n`);
  const [command, args] = ["redis-server", [file]];
  const redis = { ...(await startServer("redis", command, args, file)), command, args, port };
  await onStarted(redis);
  await untilListening(redis, port, LISTENING_MAX_MS);
  return { REDIS_URL: `${secrets === undefined ? "redis" : "rediss"}://127.0.0.1:${port}` };
}
