import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Everything of the local servers: programs, data, logs, and what runs. Ignored by git. */
export const FOLDER = join(ROOT, ".servers");

export const at = (...path: readonly string[]): string => join(FOLDER, ...path);

/** A server that was started. `mark` stands in its command line, so that its id is not taken for another's. */
export type Started = { readonly name: string; readonly pid: number; readonly mark: string };

/** What runs, and the settings by which services and tests find it. */
export type Running = { readonly started: readonly Started[]; readonly settings: Readonly<Record<string, string>> };

const FILE = at("running.json");

export async function readRunning(): Promise<Running | undefined> {
  const text = await readFile(FILE, "utf8").catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Running);
}

/** Kept after each start, so that `stop` finds them also when a later one failed. */
export async function writeRunning(running: Running): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(FILE, `${JSON.stringify(running, null, 2)}\n`);
  const lines = Object.entries(running.settings).map(([name, value]) => `${name}=${value}`);
  await writeFile(at("settings.env"), `${lines.join("\n")}\n`, { mode: 0o600 });
}

export async function forgetRunning(): Promise<void> {
  await rm(FILE, { force: true });
  await rm(at("settings.env"), { force: true });
}
