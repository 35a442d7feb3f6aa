import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { natsAccounts, passwordVariable } from "../nats/accounts.ts";
import { at, type Server, type Settings } from "./folder.ts";
import { freePorts, runToEnd, startServer, untilListening } from "./processes.ts";
import { type Secrets, USERS } from "./secrets.ts";

export const NATS_VERSION = "2.15.2";
const NODES = 3;
const BUILD_MAX_MS = 900_000;
const LISTENING_MAX_MS = 30_000;

/** May do everything, in an account where no service is. */
const TESTS_ACCOUNT = `  TESTS {
    jetstream: enabled
    users: [ { user: test, password: $${passwordVariable("test")} } ]
  }`;

const FOLDER = `nats-${NATS_VERSION}`;

/** Builds the server with Go, once. @throws Error where there is no Go. */
export async function fetchNats(): Promise<void> {
  if (existsSync(at(FOLDER, "nats-server"))) return;
  await runToEnd("go", ["install", `github.com/nats-io/nats-server/v2@v${NATS_VERSION}`], {
    cwd: at(),
    env: { ...process.env, GOBIN: at(FOLDER) },
    maxMs: BUILD_MAX_MS,
    missing: "nats-server is built with Go 1.24 or newer (https://go.dev/dl)",
  });
}

/** One node of the cluster, as text of nats-server's configuration. */
type Node = {
  readonly number: number;
  readonly port: number;
  readonly monitorPort: number;
  readonly routePort: number;
  readonly routePorts: readonly number[];
  readonly secrets: Secrets | undefined;
};

function natsConfigText({ number, port, monitorPort, routePort, routePorts, secrets }: Node): string {
  const routes = routePorts.map((one) => `"nats-route://127.0.0.1:${one}"`).join(", ");
  const certificate = secrets === undefined ? "" : `cert_file: "${secrets.certFile}", key_file: "${secrets.keyFile}"`;
  const routeTls = secrets === undefined ? "" : `, tls { ${certificate}, ca_file: "${secrets.caFile}", verify: true }`;
  const lines = [
    `server_name: "n${number}"`,
    `listen: "127.0.0.1:${port}"`,
    `http: "127.0.0.1:${monitorPort}"`,
    "max_payload: 4MB",
    // A record is answered after the disk has it. Without this the server syncs every two minutes.
    `jetstream { store_dir: "${at("data", `nats-${number}`)}", sync_interval: always, max_file_store: 20GB }`,
    `cluster { name: "guildhall", listen: "127.0.0.1:${routePort}", routes: [${routes}]${routeTls} }`,
    ...(secrets === undefined ? [] : [`tls { ${certificate} }`, natsAccounts([TESTS_ACCOUNT])]),
  ];
  return `${lines.join("\n")}\n`;
}

/** Three servers that are one cluster. */
export async function startNats(
  secrets: Secrets | undefined,
  onStarted: (server: Server) => Promise<void>,
): Promise<Settings> {
  const ports = await freePorts(NODES * 3);
  const routePorts = ports.slice(0, NODES);
  const started: Server[] = [];
  await mkdir(at("data"), { recursive: true });
  for (let i = 0; i < NODES; i++) {
    const number = i + 1;
    const file = at("data", `nats-${number}.conf`);
    const node = {
      number,
      port: ports[NODES + i] ?? 0,
      monitorPort: ports[2 * NODES + i] ?? 0,
      routePort: routePorts[i] ?? 0,
      routePorts,
      secrets,
    };
    await writeFile(file, natsConfigText(node));
    const env = { ...process.env, ...passwordsOf(secrets) };
    const [command, args] = [at(FOLDER, "nats-server"), ["-c", file]];
    const begun = await startServer(`nats-${number}`, command, args, file, env);
    const server = { ...begun, command, args, port: node.port };
    started.push(server);
    await onStarted(server);
  }
  for (const server of started) await untilListening(server, server.port, LISTENING_MAX_MS);
  const listed = (from: number, before: string) =>
    ports
      .slice(from, from + NODES)
      .map((port) => `${before}127.0.0.1:${port}`)
      .join(",");
  return {
    NATS_SERVERS: listed(NODES, ""),
    NATS_MONITORS: listed(2 * NODES, "http://"),
    NATS_REPLICAS: String(NODES),
  };
}

function passwordsOf(secrets: Secrets | undefined): Record<string, string> {
  if (secrets === undefined) return {};
  return Object.fromEntries(USERS.nats.map((user) => [passwordVariable(user), secrets.password("nats", user)]));
}
