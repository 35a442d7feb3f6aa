import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { at } from "../local/folder.ts";
import { freePorts, lives, pause, startServer } from "../local/processes.ts";
import { files } from "./installation.ts";
import { type Cluster, gatewayUrl, type Member, type Role } from "./state.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PRELOAD = `${ROOT}tools/start/preload.mjs`;
/** Names the folder that each process writes a CPU profile to at its end. */
const PROFILE_ENV = "CLUSTER_PROFILE";
const NODE = ["--conditions=source", "--import", PRELOAD, "--import", "tsx"];
/**
 * A gateway keeps some tens of MB and makes little garbage of age; without these V8 collects the old generation every few
 * seconds, forgets code that it has compiled, and compiles it again (docs/operate/cluster.md, "What a gateway is started with").
 */
const GATEWAY_NODE = ["--initial-old-space-size=128", "--no-memory-reducer", "--no-flush-bytecode"];

/** The api says where it is, with the operator's code, a moment after it can be asked. */
const SAYS_WHERE = /^http /m;
/** A process that is not ready by then has failed: others may be making the schema, for two minutes at most. */
const READY_MAX_MS = 150_000;
const LOOK_EVERY_MS = 200;
const ASK_MAX_MS = 2_000;
/** From the polite signal to the other one: longer than a process gives itself. */
const END_MAX_MS = 80_000;
const KILL_MAX_MS = 5_000;
const LOG_TAIL_CHARS = 2_000;

const logOf = (name: string): string => at("logs", `${name}.log`);

/** Starts a process, which is not ready yet; `admin` where it had one before. Its log begins anew. */
export async function begin(
  cluster: Cluster,
  name: string,
  role: Role,
  environment: NodeJS.ProcessEnv,
  admin?: string,
): Promise<Member> {
  const adminPort = admin === undefined ? ((await freePorts(1))[0] ?? 0) : Number(new URL(admin).port);
  const { place, adminUrl, settings } = specOf(cluster, name, role, adminPort);
  const { servers, services } = cluster.settings;
  const own = { ...servers[role], ...services, ...settings };
  const mark = `${at("cluster.json")}#${name}`;
  const main = `${ROOT}services/${role}/src/main.ts`;
  // The mark is an argument that nobody reads: by it the process is known again.
  const started = await startServer(name, process.execPath, [...nodeOf(role, environment), main, mark], mark, {
    ...environment,
    ...own,
  });
  return { ...started, role, place, admin: adminUrl };
}

function nodeOf(role: Role, environment: NodeJS.ProcessEnv): string[] {
  return [...profiling(environment), ...(role === "gateway" ? GATEWAY_NODE : []), ...NODE];
}

function profiling({ [PROFILE_ENV]: folder }: NodeJS.ProcessEnv): string[] {
  return folder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${folder}`];
}

type Spec = { readonly place: string; readonly adminUrl: string; readonly settings: Readonly<Record<string, string>> };

/** Everything a process is told goes through its settings. */
function specOf({ folder, partitions, apiPort, gatewayPorts }: Cluster, name: string, role: Role, port: number): Spec {
  const { tokenKey, operator, socket } = files(folder);
  const api = `http://127.0.0.1:${apiPort}`;
  const adminUrl = role === "api" ? api : `http://127.0.0.1:${port}`;
  const shared = { PARTITIONS: String(partitions), ADMIN_HOST: "127.0.0.1", ADMIN_PORT: String(port) };
  if (role === "permission") return { place: socket, adminUrl, settings: { ...shared, PERMISSION_SOCKET: socket } };
  if (role === "api") {
    const keys = { API_TOKEN_KEY_FILE: tokenKey, API_OPERATOR_FILE: operator };
    return { place: api, adminUrl, settings: { ...shared, ...keys, API_HOST: "127.0.0.1", API_PORT: String(apiPort) } };
  }
  if (role === "fanout") return { place: "", adminUrl, settings: shared };
  const gatewayPort = gatewayPorts[numberOf(name) - 1] ?? 0;
  return {
    place: gatewayUrl(gatewayPort),
    adminUrl,
    settings: {
      ...shared,
      GATEWAY_HOST: "127.0.0.1",
      GATEWAY_PORT: String(gatewayPort),
      GATEWAY_EXCLUSIVE_PORT: "1",
      GATEWAY_KEYS_URL: `${api}/.well-known/jwks.json`,
      PERMISSION_SOCKET: socket,
    },
  };
}

/** Of `gateway-2` 2. */
export function numberOf(name: string): number {
  return Number(name.slice(name.lastIndexOf("-") + 1));
}

/** Resolves with what the process has printed once it says that it is ready. @throws Error with the end of its log. */
export async function untilReady(member: Member): Promise<string> {
  for (const endMs = Date.now() + READY_MAX_MS; Date.now() < endMs; await pause(LOOK_EVERY_MS)) {
    if (await isReady(member)) {
      const text = await printed(member);
      if (member.role !== "api" || SAYS_WHERE.test(text)) return text;
    }
    if (!lives(member)) throw new Error(`${member.name} ended at its start:\n${await tail(member)}`);
  }
  throw new Error(`${member.name} is not ready after ${READY_MAX_MS / 1_000} s:\n${await tail(member)}`);
}

export async function isReady({ admin }: Member): Promise<boolean> {
  return fetch(`${admin}/readyz`, { signal: AbortSignal.timeout(ASK_MAX_MS) }).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** The sum of a metric of a process; undefined where it does not tell. */
export async function metricOf({ admin }: Member, name: string): Promise<number | undefined> {
  const text = await fetch(`${admin}/metrics`, { signal: AbortSignal.timeout(ASK_MAX_MS) }).then(
    (response) => response.text(),
    () => "",
  );
  const rows = [...text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))];
  return rows.length === 0 ? undefined : rows.reduce((sum, [, value]) => sum + Number(value), 0);
}

/** Ends a process, if it is still the one that was started, and waits until it has gone. False: it had to be killed. */
export async function end(member: Member): Promise<boolean> {
  if (!lives(member)) return true;
  process.kill(member.pid, "SIGTERM");
  if (await gone(member, END_MAX_MS)) return true;
  process.kill(member.pid, "SIGKILL");
  await gone(member, KILL_MAX_MS);
  return false;
}

async function gone(member: Member, maxMs: number): Promise<boolean> {
  for (const endMs = Date.now() + maxMs; Date.now() < endMs; await pause(LOOK_EVERY_MS)) {
    if (!lives(member)) return true;
  }
  return !lives(member);
}

async function printed({ name }: Member): Promise<string> {
  return await readFile(logOf(name), "utf8").catch(() => "");
}

async function tail(member: Member): Promise<string> {
  return (await printed(member)).slice(-LOG_TAIL_CHARS);
}
