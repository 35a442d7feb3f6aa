import { readFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { type Settings, settingsFile } from "../local/folder.ts";
import { takesConnections } from "../local/processes.ts";
import { ROLES, type Role } from "./state.ts";

/** What processes are started with: of every role where the servers are and how it signs in there, and what all share. */
export type ClusterSettings = {
  readonly servers: Readonly<Record<Role, Settings>>;
  readonly services: Settings;
};

/** Settings that say where the servers are. */
const OF_SERVERS = /^(NATS|CASSANDRA|REDIS)_/;
/** Settings of our services. */
const OF_SERVICES = /^(API|GATEWAY|PERMISSION|FANOUT|JOURNAL|ADMIN)_|^(PARTITIONS|GUILDHALL_PROFILE)$/;
const CONNECT_MAX_MS = 3_000;

/**
 * Where the servers are, from what `npm run servers` has written for each service, or else from the environment; and
 * the settings of our services in the environment.
 * @throws Error with a sentence where there are no servers.
 */
export async function clusterSettings(environment: NodeJS.ProcessEnv): Promise<ClusterSettings> {
  const given = named(environment, OF_SERVERS);
  const pairs = await Promise.all(ROLES.map(async (role) => [role, await settingsOf(role, given)] as const));
  const servers = Object.fromEntries(pairs) as Record<Role, Settings>;
  for (const settings of Object.values(servers)) await reached(settings);
  return { servers, services: named(environment, OF_SERVICES) };
}

/**
 * An environment that has the tests' settings of these very servers says where they are, and not who a service is:
 * each signs in as itself there.
 */
async function settingsOf(role: Role, given: Settings): Promise<Settings> {
  const written = await writtenSettings(role);
  const place = given["NATS_SERVERS"];
  if (written !== undefined && (place === undefined || place === written["NATS_SERVERS"])) return written;
  if (place === undefined) throw new Error("no servers run: npm run servers");
  return { ...given, ...natsUser(role, given) };
}

/** The environment without what would be a setting: a process has the cluster's, whatever shell it is started from. */
export function plainEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const rest = Object.entries(environment).filter(([name]) => !OF_SERVERS.test(name) && !OF_SERVICES.test(name));
  return Object.fromEntries(rest);
}

/** Servers with passwords know each service under its own name. */
function natsUser(role: Role, settings: Settings): Settings {
  const needed = settings["NATS_PASSWORD_FILE"] !== undefined && settings["NATS_USER"] === undefined;
  return needed ? { NATS_USER: role } : {};
}

function named(environment: NodeJS.ProcessEnv, pattern: RegExp): Settings {
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value !== undefined && pattern.test(name)) found[name] = value;
  }
  return found;
}

async function writtenSettings(role: Role): Promise<Settings | undefined> {
  const text = await readFile(settingsFile(role), "utf8").catch(() => undefined);
  return text === undefined ? undefined : (parseEnv(text) as Settings);
}

/** @throws Error naming the server that takes no connection. */
async function reached(settings: Settings): Promise<void> {
  const first = (list: string | undefined, fallback: string) => (list ?? fallback).split(",")[0] ?? fallback;
  const places = {
    NATS: first(settings["NATS_SERVERS"], "127.0.0.1:4222"),
    Cassandra: first(settings["CASSANDRA_CONTACT_POINTS"], "127.0.0.1:9042"),
    Redis: new URL(settings["REDIS_URL"] ?? "redis://127.0.0.1:6379").host,
  };
  for (const [name, place] of Object.entries(places)) {
    const { hostname, port } = new URL(`tcp://${place}`);
    if (!(await takesConnections(hostname, Number(port), CONNECT_MAX_MS))) {
      throw new Error(`${name} does not run at ${place}: npm run servers, or its settings`);
    }
  }
}
