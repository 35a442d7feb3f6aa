import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { at, type Started } from "./folder.ts";
import { freePorts, runToEnd, startServer, untilListening } from "./processes.ts";
import type { Secrets } from "./secrets.ts";

export const NATS_VERSION = "2.15.2";
const NODES = 3;
const LISTENING_MAX_MS = 30_000;

/** Builds the server with Go, once. @throws Error where there is no Go. */
export async function fetchNats(): Promise<void> {
  if (existsSync(at("bin", "nats-server"))) return;
  const env = { ...process.env, GOBIN: at("bin") };
  await runToEnd("go", ["install", `github.com/nats-io/nats-server/v2@v${NATS_VERSION}`], { cwd: at(), env });
}

/** One node of the cluster, as text of nats-server's configuration. */
export type Node = {
  readonly number: number;
  readonly port: number;
  readonly monitorPort: number;
  readonly routePort: number;
  readonly routePorts: readonly number[];
  readonly secrets: Secrets | undefined;
};

export function natsConfigText({ number, port, monitorPort, routePort, routePorts, secrets }: Node): string {
  const routes = routePorts.map((one) => `"nats-route://127.0.0.1:${one}"`).join(", ");
  const lines = [
    `server_name: "n${number}"`,
    `listen: "127.0.0.1:${port}"`,
    `http: "127.0.0.1:${monitorPort}"`,
    "max_payload: 4MB",
    // A record is answered after the disk has it. Without this the server syncs every two minutes.
    `jetstream { store_dir: "${at("data", `nats-${number}`)}", sync_interval: always, max_file_store: 20GB }`,
    `cluster { name: "guildhall", listen: "127.0.0.1:${routePort}", routes: [${routes}] }`,
  ];
  if (secrets !== undefined) {
    lines.push(
      `tls { cert_file: "${secrets.certFile}", key_file: "${secrets.keyFile}" }`,
      `include "${secrets.natsUsersFile}"`,
    );
  }
  return `${lines.join("\n")}\n`;
}

/** Three servers that are one cluster. */
export async function startNats(
  secrets: Secrets | undefined,
  onStarted: (server: Started) => Promise<void>,
): Promise<{ started: Started[]; settings: Record<string, string> }> {
  const ports = await freePorts(NODES * 3);
  const routePorts = ports.slice(0, NODES);
  const started: Started[] = [];
  for (let i = 0; i < NODES; i++) {
    const number = i + 1;
    const file = at("data", `nats-${number}.conf`);
    await mkdir(at("data"), { recursive: true });
    const node = {
      number,
      port: ports[NODES + i] ?? 0,
      monitorPort: ports[2 * NODES + i] ?? 0,
      routePort: routePorts[i] ?? 0,
      routePorts,
      secrets,
    };
    await writeFile(file, natsConfigText(node));
    const server = await startServer(`nats-${number}`, at("bin", "nats-server"), ["-c", file], file);
    started.push(server);
    await onStarted(server);
  }
  for (const [i, server] of started.entries()) await untilListening(server, ports[NODES + i] ?? 0, LISTENING_MAX_MS);
  return {
    started,
    settings: {
      NATS_SERVERS: ports
        .slice(NODES, 2 * NODES)
        .map((port) => `127.0.0.1:${port}`)
        .join(","),
      NATS_MONITORS: ports
        .slice(2 * NODES)
        .map((port) => `http://127.0.0.1:${port}`)
        .join(","),
      NATS_REPLICAS: String(NODES),
    },
  };
}
