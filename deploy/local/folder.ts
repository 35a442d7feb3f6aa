import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Everything of the local servers: programs, data, secrets, logs, and what runs. Ignored by git. */
export const FOLDER = join(ROOT, ".servers");

export const at = (...path: readonly string[]): string => join(FOLDER, ...path);

/** A server that was started. `mark` stands in its command line, so that its id is not taken for another's. */
export type Started = { readonly name: string; readonly pid: number; readonly mark: string };

/** A server, and what it is started with once more: on the data it has, at the port it had. */
export type Server = Started & {
  readonly command: string;
  readonly args: readonly string[];
  readonly port: number;
};

/** How servers are reached: their settings, by name. */
export type Settings = Readonly<Record<string, string>>;

/** Processes of this system that are given settings of their own. */
export const SERVICES = ["gateway", "fanout", "permission", "api"] as const;
export type Service = (typeof SERVICES)[number];

/** What runs. `project` is that of a container engine, where one runs the servers. */
export type Running = {
  readonly mode: "plain" | "secure" | "docker";
  readonly started: readonly Server[];
  readonly project?: string;
};

const FILE = at("running.json");

/** What one of `npm run servers`, or a process, is given to read. Without a service: what tests are given. */
export const settingsFile = (service?: Service): string =>
  at(service === undefined ? "settings.env" : `settings-${service}.env`);

export async function readRunning(): Promise<Running | undefined> {
  const text = await readFile(FILE, "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Running);
}

/** Kept after each start, so that `stop` finds them also when a later one failed. */
export async function writeRunning(running: Running): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(FILE, `${JSON.stringify(running, null, 2)}\n`);
}

/** Settings as a shell and `node --env-file` read them. */
export async function writeSettings(file: string, settings: Settings): Promise<void> {
  const lines = Object.entries(settings).map(([name, value]) => `${name}='${value}'`);
  await writeFile(file, `${lines.join("\n")}\n`, { mode: 0o600 });
}

export async function forgetRunning(): Promise<void> {
  const files = [FILE, settingsFile(), ...SERVICES.map(settingsFile)];
  await Promise.all(files.map((file) => rm(file, { force: true })));
}
