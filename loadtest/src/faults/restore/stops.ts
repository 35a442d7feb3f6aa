import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseEnv, promisify } from "node:util";
import { until } from "@guildhall/testkit";
import { deploy, SERVERS_FOLDER } from "../../processes/deploy.ts";
import { NO_LIMITS } from "../server.ts";
import type { Half } from "./backups.ts";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
/** A server that is told to end has ended after this time, and so has the command, ms. */
const END_MAX_MS = 60_000;

type Server = { readonly name: string; readonly pid: number; readonly mark: string };

/** Ends the services, then the servers that keep data, in order. @throws Error where one does not end. */
export async function stopAll(): Promise<void> {
  await deploy("cluster", ["stop"]);
  const servers = await keepers();
  for (const { pid } of servers) process.kill(pid, "SIGTERM");
  await until(() => !servers.some(runs), END_MAX_MS);
}

/** Starts those servers on the data that are there. */
export async function startServers(): Promise<void> {
  for (const { name } of await keepers()) await deploy("servers", ["restart", name]);
}

export function startServices(env: NodeJS.ProcessEnv): Promise<void> {
  return deploy("cluster", [], { ...env, ...settings(), ...NO_LIMITS });
}

/** `guildhall restored`, as an operator calls it. Resolves with what it prints. @throws Error where it fails. */
export async function sayRestored(env: NodeJS.ProcessEnv): Promise<string> {
  const words = ["--conditions=source", "--import", "tsx", "services/cli/src/main.ts", "restored"];
  const options = { cwd: ROOT, timeout: END_MAX_MS, env: { ...env, ...settings() } };
  const { stdout } = await promisify(execFile)(process.execPath, words, options);
  return stdout.trim();
}

const settings = () => parseEnv(readFileSync(join(SERVERS_FOLDER, "settings.env"), "utf8")) as Record<string, string>;

async function keepers(): Promise<readonly Server[]> {
  const text = await readFile(join(SERVERS_FOLDER, "running.json"), "utf8").catch(() => undefined);
  if (text === undefined) throw new Error("no servers run: npm run servers");
  const { started } = JSON.parse(text) as { readonly started: readonly Server[] };
  const kept: readonly Half[] = ["nats", "cassandra"];
  return started.filter(({ name }) => kept.some((half) => half === name.replace(/-\d+$/, "")));
}

function runs({ pid, mark }: Server): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(mark);
  } catch {
    return false;
  }
}
