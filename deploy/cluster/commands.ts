import { mkdir } from "node:fs/promises";
import { at, FOLDER } from "../local/folder.ts";
import { freePorts, lives } from "../local/processes.ts";
import { openInstallation } from "./installation.ts";
import { begin, end, isReady, metricOf, numberOf, untilReady } from "./members.ts";
import { clusterSettings, plainEnvironment } from "./settings.ts";
import {
  type Cluster,
  ENV_FILE,
  forgetCluster,
  type Member,
  ROLES,
  type Role,
  readCluster,
  writeCluster,
} from "./state.ts";

/** Gateways have their ports from the start on. */
export const GATEWAYS_MAX = 8;
export const FANOUTS_MAX = 16;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

export type Sizes = { readonly partitions: number; readonly gateways: number; readonly fanouts: number };

/** Starts a cluster, as `sizes` says. What was started is ended again where one of it fails. @throws Error with a sentence. */
export async function start(sizes: Sizes, folder: string, environment: NodeJS.ProcessEnv): Promise<void> {
  const settings = await clusterSettings(environment);
  if ((await readCluster())?.members.some(lives) === true)
    throw new Error("a cluster runs already: npm run cluster -- stop");
  await mkdir(FOLDER, { recursive: true });
  await openInstallation(folder, sizes.partitions);
  const [apiPort = 0, ...gatewayPorts] = await freePorts(1 + GATEWAYS_MAX);
  const { partitions } = sizes;
  const numbered = (role: Role, count: number) => Array.from({ length: count }, (_, i) => [`${role}-${i + 1}`, role]);
  const wanted = [
    ...numbered("fanout", sizes.fanouts),
    ["permission", "permission"],
    ["api", "api"],
    ...numbered("gateway", sizes.gateways),
  ] as [string, Role][];
  try {
    const printed = await launch(
      { folder, partitions, settings, apiPort, gatewayPorts, members: [] },
      wanted,
      environment,
    );
    const code = /^operator code .*$/m.exec(printed)?.[0];
    if (code !== undefined) say(code);
    const profile = settings.services["GUILDHALL_PROFILE"] ?? "default";
    if (profile !== "default") say(`profile ${profile}: no limits, not for production`);
    say(`settings: ${ENV_FILE}`);
    say(`logs: ${at("logs")}`);
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Starts processes, waits until all are ready, and says where they are. Resolves with what they printed. */
async function launch(
  cluster: Cluster,
  wanted: readonly [string, Role][],
  environment: NodeJS.ProcessEnv,
): Promise<string> {
  let now = cluster;
  const begun: Member[] = [];
  for (const [name, role] of wanted) {
    const one = await begin(cluster, name, role, plainEnvironment(environment));
    begun.push(one);
    now = { ...now, members: [...now.members, one] };
    await writeCluster(now);
  }
  const printed = await Promise.all(begun.map(untilReady));
  for (const member of begun) say(lineOf(member));
  return printed.join("\n");
}

function lineOf({ name, place, pid, admin, role }: Member): string {
  const more = role === "api" ? "" : `, admin ${admin}`;
  return `${name}${place === "" ? "" : ` ${place}`} (process ${pid}${more})`;
}

async function running(): Promise<Cluster> {
  const cluster = await readCluster();
  if (cluster === undefined) throw new Error("no cluster runs: npm run cluster");
  return cluster;
}

/** Starts one more. */
export async function add(role: "gateway" | "fanout", environment: NodeJS.ProcessEnv): Promise<void> {
  const cluster = await running();
  const taken = new Set(cluster.members.filter((member) => member.role === role).map(({ name }) => numberOf(name)));
  const max = role === "gateway" ? GATEWAYS_MAX : FANOUTS_MAX;
  let number = 1;
  while (taken.has(number)) number++;
  if (number > max) throw new Error(`there are ${max} already`);
  try {
    await launch(cluster, [[`${role}-${number}`, role]], environment);
  } catch (error) {
    const left = (await running()).members.find(({ name }) => name === `${role}-${number}`);
    if (left !== undefined) await takeAway(left);
    throw error;
  }
}

/** Ends one by its name, or the newest gateway or fanout. */
export async function remove(word: string): Promise<void> {
  const { members } = await running();
  const named = members.find(({ name }) => name === word);
  const role = named?.role ?? word;
  if (role !== "gateway" && role !== "fanout") throw new Error(`there is no gateway or fanout ${word}`);
  const all = members.filter((member) => member.role === role);
  const member = named ?? all.toSorted((a, b) => numberOf(a.name) - numberOf(b.name)).at(-1);
  if (member === undefined || all.length === 1) throw new Error(`the last ${role} stays: npm run cluster -- stop`);
  const orderly = await takeAway(member);
  say(`${member.name} ended${orderly ? "" : ", with the hard signal"}`);
}

/** Ends a process and forgets it. False: it had to be killed. */
async function takeAway(member: Member): Promise<boolean> {
  const orderly = await end(member);
  const cluster = await running();
  await writeCluster({ ...cluster, members: cluster.members.filter(({ name }) => name !== member.name) });
  return orderly;
}

/** Ends processes and starts them anew where they were, one after another. */
export async function restart(word: string | undefined, environment: NodeJS.ProcessEnv): Promise<void> {
  const { members } = await running();
  const chosen = members.filter(({ name }) => word === undefined || name === word);
  if (chosen.length === 0) throw new Error(`there is no ${word ?? "process"}`);
  for (const before of chosen) {
    await end(before);
    const cluster = await running();
    const one = await begin(cluster, before.name, before.role, plainEnvironment(environment), before.admin);
    const others = cluster.members.map((member) => (member.name === before.name ? one : member));
    await writeCluster({ ...cluster, members: others });
    await untilReady(one);
    say(lineOf(one));
  }
}

/** Ends all. Those that clients reach go first, the owners last: what is under way is answered. */
export async function stop(): Promise<void> {
  const cluster = await readCluster();
  if (cluster === undefined) return say("no cluster runs");
  for (const role of ROLES.toReversed()) {
    await Promise.all(cluster.members.filter((member) => member.role === role).map(end));
  }
  await forgetCluster();
  say(`${cluster.members.length} processes ended`);
}

/** Says of each whether it serves, and how much it has to do. */
export async function status(): Promise<void> {
  const cluster = await readCluster();
  if (cluster === undefined) return say("no cluster runs");
  for (const member of cluster.members) {
    const state = lives(member) ? ((await isReady(member)) ? "ready" : "not ready") : "has ended";
    say(`${lineOf(member)} ${state}${await loadOf(member)}`);
  }
}

async function loadOf(member: Member): Promise<string> {
  const connections = await metricOf(member, "guildhall_gateway_connections");
  const owned = await metricOf(member, "guildhall_fanout_partitions_owned");
  if (connections !== undefined) return `, ${connections} connections`;
  return owned === undefined ? "" : `, owns ${owned} partitions`;
}
