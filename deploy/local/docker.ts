import { createHash } from "node:crypto";
import { at, ROOT, type Settings } from "./folder.ts";
import { freePorts, runToEnd } from "./processes.ts";

const COMPOSE_FILE = `${ROOT}deploy/compose/servers.yaml`;
const LOOK_MAX_MS = 10_000;
const UP_MAX_MS = 900_000;
const DOWN_MAX_MS = 120_000;
const MISSING = "https://docs.docker.com/engine/install";

/** This checkout's own, so that several on one machine do not meet. */
export const PROJECT = `guildhall-${createHash("sha256").update(ROOT).digest("hex").slice(0, 8)}`;

/** Variables of the compose file that are ports. */
export const PORTS = [
  "NATS_1_PORT",
  "NATS_2_PORT",
  "NATS_3_PORT",
  "NATS_1_MONITOR_PORT",
  "NATS_2_MONITOR_PORT",
  "NATS_3_MONITOR_PORT",
  "REDIS_PORT",
  "CASSANDRA_PORT",
] as const;

/** Whether a container engine runs here: the client alone is of no use. */
export async function engineRuns(): Promise<boolean> {
  const run = { cwd: at(), maxMs: LOOK_MAX_MS, missing: MISSING };
  return runToEnd("docker", ["info"], run).then(
    () => true,
    () => false,
  );
}

const compose = (args: readonly string[], maxMs: number, env: Settings = {}): Promise<string> =>
  runToEnd("docker", ["compose", "-p", PROJECT, "-f", COMPOSE_FILE, ...args], {
    cwd: at(),
    maxMs,
    missing: MISSING,
    env: { ...process.env, ...env },
  });

/** The servers in containers, on free ports of loopback; resolves when all are well. */
export async function startContainers(): Promise<Settings> {
  const free = await freePorts(PORTS.length);
  const ports = Object.fromEntries(PORTS.map((name, i) => [name, String(free[i] ?? 0)])) as Record<
    (typeof PORTS)[number],
    string
  >;
  await compose(["up", "--detach", "--wait"], UP_MAX_MS, ports);
  return addresses(ports);
}

/** The same settings as those of processes on this machine. */
export function addresses(ports: Readonly<Record<(typeof PORTS)[number], string>>): Settings {
  const nats = [ports.NATS_1_PORT, ports.NATS_2_PORT, ports.NATS_3_PORT];
  const monitors = [ports.NATS_1_MONITOR_PORT, ports.NATS_2_MONITOR_PORT, ports.NATS_3_MONITOR_PORT];
  return {
    NATS_SERVERS: nats.map((port) => `127.0.0.1:${port}`).join(","),
    NATS_MONITORS: monitors.map((port) => `http://127.0.0.1:${port}`).join(","),
    NATS_REPLICAS: String(nats.length),
    REDIS_URL: `redis://127.0.0.1:${ports.REDIS_PORT}`,
    CASSANDRA_CONTACT_POINTS: `127.0.0.1:${ports.CASSANDRA_PORT}`,
    CASSANDRA_DATACENTER: "datacenter1",
  };
}

/** Ends the containers and removes what they kept. */
export async function stopContainers(): Promise<void> {
  await compose(["down", "--volumes", "--timeout", "20"], DOWN_MAX_MS);
}

/** What the engine says of them. */
export async function containers(): Promise<string> {
  return compose(["ps", "--all"], LOOK_MAX_MS);
}
