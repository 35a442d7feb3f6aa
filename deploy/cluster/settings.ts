import { readFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { at } from "../local/folder.ts";
import { takesConnections } from "../local/processes.ts";
import type { Role } from "./state.ts";

type Settings = Readonly<Record<string, string>>;

/** Settings that say where the servers are. */
const OF_SERVERS = /^(NATS|CASSANDRA|REDIS)_/;
/** Settings of our services. */
const OF_SERVICES = /^(API|GATEWAY|PERMISSION|FANOUT|JOURNAL|ADMIN)_|^(PARTITIONS|GUILDHALL_PROFILE)$/;
const CONNECT_MAX_MS = 3_000;

/**
 * What every process of the cluster is started with: where the servers are, from the environment or else from what
 * `npm run servers` has written, and the settings of our services in the environment.
 * @throws Error with a sentence where there are no servers.
 */
export async function sharedSettings(environment: NodeJS.ProcessEnv): Promise<Settings> {
  const given = named(environment, OF_SERVERS);
  const servers = given["NATS_SERVERS"] === undefined ? await writtenSettings() : given;
  await reached(servers);
  return { ...servers, ...named(environment, OF_SERVICES) };
}

/** The environment without what would be a setting: a process has the cluster's, whatever shell it is started from. */
export function plainEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const rest = Object.entries(environment).filter(([name]) => !OF_SERVERS.test(name) && !OF_SERVICES.test(name));
  return Object.fromEntries(rest);
}

/** Servers with passwords know each service under its own name. */
export function natsUser(role: Role, settings: Settings): Settings {
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

async function writtenSettings(): Promise<Settings> {
  const text = await readFile(at("settings.env"), "utf8").catch(() => undefined);
  if (text === undefined) throw new Error("no servers run: npm run servers");
  // As a shell reads them: values may be in quotes.
  return parseEnv(text) as Settings;
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
