import { mkdir } from "node:fs/promises";
import { at, type Started } from "./folder.ts";
import { freePorts, runToEnd, startServer, untilListening } from "./processes.ts";
import type { Secrets } from "./secrets.ts";

const LISTENING_MAX_MS = 15_000;

/** The system's own redis-server. @throws Error that says how it is had. */
export async function fetchRedis(): Promise<void> {
  await runToEnd("redis-server", ["--version"], { cwd: at() }).catch(() => {
    throw new Error("there is no redis-server: apt-get install redis-server (7.0 or newer)");
  });
}

/** One server that keeps nothing over a restart: losing Redis loses nothing that was acknowledged. */
export async function startRedis(
  secrets: Secrets | undefined,
  onStarted: (server: Started) => Promise<void>,
): Promise<{ started: Started[]; settings: Record<string, string> }> {
  const [port = 0] = await freePorts(1);
  const folder = at("data", "redis");
  await mkdir(folder, { recursive: true });
  const common = ["--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no", "--maxmemory", "256mb"];
  const secured =
    secrets === undefined
      ? ["--port", String(port)]
      : [
          `--port 0 --tls-port ${port} --tls-auth-clients no`,
          `--tls-cert-file ${secrets.certFile} --tls-key-file ${secrets.keyFile}`,
          `--tls-ca-cert-file ${secrets.caFile} --aclfile ${secrets.redisUsersFile}`,
        ].flatMap((part) => part.split(" "));
  const redis = await startServer("redis", "redis-server", [...secured, ...common], "redis-server");
  await onStarted(redis);
  await untilListening(redis, port, LISTENING_MAX_MS);
  return {
    started: [redis],
    settings: { REDIS_URL: `${secrets === undefined ? "redis" : "rediss"}://127.0.0.1:${port}` },
  };
}
