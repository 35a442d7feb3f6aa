import { readFile, rm, writeFile } from "node:fs/promises";
import { at, type Started } from "../local/folder.ts";
import type { ClusterSettings } from "./settings.ts";

export const ROLES = ["fanout", "permission", "api", "gateway"] as const;
export type Role = (typeof ROLES)[number];

/** One process of the cluster. */
export type Member = Started & {
  readonly role: Role;
  /** Where it is used: of the api HTTP, of a gateway WebSocket, of the sidecar its socket; of a fanout nothing. */
  readonly place: string;
  /** Base of /readyz and /metrics. */
  readonly admin: string;
};

/** What runs, and what a further process is started with. */
export type Cluster = {
  /** Holds the key of tokens, the operator's file and the sidecar's socket. */
  readonly folder: string;
  readonly partitions: number;
  /** Where the servers are and who is who there; limits. Passwords stand in files of their own. */
  readonly settings: ClusterSettings;
  readonly apiPort: number;
  /** Of gateway 1, 2, …: a gateway that comes back under its number has its port again. */
  readonly gatewayPorts: readonly number[];
  readonly members: readonly Member[];
};

export const gatewayUrl = (port: number): string => `ws://127.0.0.1:${port}/ws`;

const FILE = at("cluster.json");
/** Settings by which the command line and load drivers find the cluster. */
export const ENV_FILE = at("cluster.env");

export async function readCluster(): Promise<Cluster | undefined> {
  const text = await readFile(FILE, "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Cluster);
}

/** Kept after each start and end of a process, so that `stop` finds all of them whatever failed meanwhile. */
export async function writeCluster(cluster: Cluster): Promise<void> {
  await writeFile(FILE, `${JSON.stringify(cluster, null, 2)}\n`, { mode: 0o600 });
  const lines = Object.entries(clientSettings(cluster)).map(([name, value]) => `${name}=${value}`);
  await writeFile(ENV_FILE, `${lines.join("\n")}\n`, { mode: 0o600 });
}

export async function forgetCluster(): Promise<void> {
  await rm(FILE, { force: true });
  await rm(ENV_FILE, { force: true });
}

/** `GUILDHALL_NEXT_URL` is where the next gateway will be: who knows it beforehand goes there once it is there. */
function clientSettings({ members, folder, gatewayPorts }: Cluster): Record<string, string> {
  const places = (role: Role) => members.filter((member) => member.role === role).map(({ place }) => place);
  const gateways = places("gateway");
  const next = gatewayPorts.map(gatewayUrl).find((url) => !gateways.includes(url));
  return {
    GUILDHALL_API: places("api").join(","),
    GUILDHALL_URL: gateways.join(","),
    GUILDHALL_NEXT_URL: next ?? "",
    GUILDHALL_DATA: folder,
  };
}
