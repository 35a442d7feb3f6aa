import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Closers } from "@guildhall/kernel";

/** Logs of chat: the one of `CHAT`, or those of the folder `GUILDHALL_SHARED`. @throws Error with a sentence where there are none. */
export async function chatLogs({ CHAT, GUILDHALL_SHARED = "../shared" }: NodeJS.ProcessEnv): Promise<string[]> {
  if (CHAT !== undefined) return [CHAT];
  const folder = join(GUILDHALL_SHARED, "data", "irc");
  const files = await readdir(folder).catch(() => []);
  const logs = files.filter((name) => name.endsWith(".jsonl")).map((name) => join(folder, name));
  if (logs.length === 0) throw new Error(`there is no log in ${folder}: set CHAT or GUILDHALL_SHARED`);
  return logs.toSorted();
}

/** The first so many lines of a log, as a file that goes with `closers`. */
export async function beginningOf(log: string, lines: number, closers: Closers): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "guildhall-replay-"));
  closers.defer(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, "chat.jsonl");
  const text = await readFile(log, "utf8");
  await writeFile(file, `${text.split("\n").slice(0, lines).join("\n")}\n`);
  return file;
}
