import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Closers } from "@guildhall/kernel";
import { operatorKey } from "../clients/people.ts";
import { deploy, SERVERS_FOLDER } from "./deploy.ts";
import type { GuildhallServer } from "./servers.ts";

/** A gateway: where clients connect to it, and where its metrics are. */
export type ClusterGateway = { readonly name: string; readonly url: string; readonly metrics: string };

/** A cluster that runs, as `npm run cluster` has written it down. */
export type RunningCluster = {
  readonly api: string;
  /** Of the whole cluster. */
  readonly operatorKey: string;
  /** In the order of their numbers. */
  readonly gateways: readonly ClusterGateway[];
  /** Where the metrics of the fanouts are, and of every process of ours. */
  readonly fanouts: readonly string[];
  readonly processes: readonly string[];
  /** What each of these is called. */
  readonly names: readonly string[];
  /** Ours and, where they run on this machine, the servers. */
  readonly everything: readonly ClusterProcess[];
};

/** A process of this machine, and what it is: `gateway`, `nats`. */
export type ClusterProcess = { readonly kind: string; readonly pid: number };

/** What is read of `.servers/cluster.json`. */
export type ClusterFile = {
  readonly folder: string;
  readonly settings: { readonly services: Readonly<Record<string, string>> };
  readonly members: readonly {
    readonly name: string;
    readonly pid: number;
    readonly role: string;
    readonly place: string;
    readonly admin: string;
  }[];
};

/** @throws Error with a sentence where no cluster runs, or one that has limits. */
export async function runningCluster(): Promise<RunningCluster> {
  const text = await readFile(join(SERVERS_FOLDER, "cluster.json"), "utf8").catch(() => undefined);
  if (text === undefined)
    throw new Error("no cluster runs: npm run servers, then GUILDHALL_PROFILE=loadtest npm run cluster");
  const file = JSON.parse(text) as ClusterFile;
  const { api, ...rest } = processesOf(file);
  const ours = file.members.map(({ role, pid }) => ({ kind: role, pid }));
  return { ...rest, api, operatorKey: await keyOf(file.folder, api), everything: [...ours, ...(await servers())] };
}

/** Where the processes of a cluster are. @throws Error for a cluster that cannot be measured. */
export function processesOf({ settings, members }: ClusterFile): Omit<RunningCluster, "operatorKey" | "everything"> {
  if (settings.services["GUILDHALL_PROFILE"] !== "loadtest")
    throw new Error("the cluster has limits: npm run cluster -- stop, then GUILDHALL_PROFILE=loadtest npm run cluster");
  const metricsOf = ({ admin }: { readonly admin: string }): string => `${admin}/metrics`;
  const of = (role: string) => members.filter((member) => member.role === role);
  const gateways = of("gateway")
    .map((member) => ({ name: member.name, url: member.place, metrics: metricsOf(member) }))
    .toSorted((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
  const api = of("api")[0]?.place;
  if (api === undefined || gateways.length === 0) throw new Error("the cluster has no api or no gateway");
  return {
    api,
    gateways,
    fanouts: of("fanout").map(metricsOf),
    processes: members.map(metricsOf),
    names: members.map(({ name }) => name),
  };
}

/** Those that `npm run servers` has started, if it has. */
async function servers(): Promise<ClusterProcess[]> {
  const text = await readFile(join(SERVERS_FOLDER, "running.json"), "utf8").catch(() => '{"started":[]}');
  const { started } = JSON.parse(text) as {
    readonly started: readonly { readonly name: string; readonly pid: number }[];
  };
  return started.map(({ name, pid }) => ({ kind: name.replace(/-\d+$/, ""), pid }));
}

/** The cluster, as scenarios of one server see it: members spread over `gateways`, the CPU of `processes`. */
export function asServer(
  { api, gateways }: RunningCluster,
  urls: readonly string[],
  processes: readonly string[],
): GuildhallServer {
  const metrics = gateways[0]?.metrics ?? "";
  return { url: urls.join(","), api, operatorCode: "", socket: "", metrics, processes };
}

/** Starts gateways until there are `count`; those go with `closers`. Resolves with the cluster as it is then. */
export async function withGateways(
  count: number,
  say: (text: string) => void,
  closers: Closers,
): Promise<RunningCluster> {
  let cluster = await runningCluster();
  while (cluster.gateways.length < count) {
    say(`starting gateway ${cluster.gateways.length + 1} of ${count}`);
    const known = new Set(cluster.gateways.map(({ name }) => name));
    await deploy("cluster", ["add", "gateway"]);
    cluster = await runningCluster();
    const added = cluster.gateways.find(({ name }) => !known.has(name));
    if (added === undefined) throw new Error("a gateway was added and is not there");
    closers.defer(() => deploy("cluster", ["remove", added.name]));
  }
  return cluster;
}

/** The operator key of a cluster; one that has no operator yet gets one, with the code that its api has printed. */
async function keyOf(folder: string, api: string): Promise<string> {
  const file = join(folder, "operator.key");
  const known = await readFile(file, "utf8").catch(() => undefined);
  if (known !== undefined) return known.trim();
  const log = await readFile(join(SERVERS_FOLDER, "logs", "api.log"), "utf8");
  const code = [...log.matchAll(/^operator code (\S+)/gm)].at(-1)?.[1];
  if (code === undefined) throw new Error(`no operator key in ${file} and no code in the log of the api`);
  const key = await operatorKey(api, undefined, code);
  await writeFile(file, `${key}\n`, { mode: 0o600 });
  return key;
}
