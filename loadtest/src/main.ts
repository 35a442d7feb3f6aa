import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { Closers } from "@guildhall/kernel";
import { type Options, readOptions, USAGE } from "./options.ts";
import { PROFILE_ENV } from "./processes/child.ts";
import type { GuildhallServer } from "./processes/servers.ts";
import { runScenario } from "./scenarios/run.ts";

const say = (text: string): void => void process.stderr.write(`${text}\n`);

function serverAt({ remote, socket }: Options): GuildhallServer | undefined {
  if (remote === undefined) return undefined;
  return { ...remote, operatorCode: "", metrics: `${remote.api}/metrics`, socket: socket ?? "data/permission.sock" };
}

async function main(closers: Closers): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  const operatorKey =
    options.operatorKeyPath === undefined ? undefined : (await readFile(options.operatorKeyPath, "utf8")).trim();
  const { expectFailure, profile } = options;
  const env = {
    ...process.env,
    ...(expectFailure === undefined ? {} : { GUILDHALL_SEEDED: expectFailure }),
    ...(profile === undefined ? {} : { [PROFILE_ENV]: resolve(profile) }),
  };
  const around = { env, where: serverAt(options), operatorKey, say };
  const { text, json, ok } = await runScenario(options, around, closers);
  process.stdout.write(`${text}\n`);
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(json, null, 2)}\n`);
  return ok ? 0 : 1;
}

const closers = new Closers();
/** Ends what was started, then this process. */
async function end(code: number): Promise<void> {
  await closers[Symbol.asyncDispose]().catch((error: unknown) => say(String(error)));
  process.exit(code);
}
process.once("SIGINT", () => void end(130));
process.once("SIGTERM", () => void end(143));

try {
  await end(await main(closers));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  if (process.argv.length < 3) say(USAGE);
  await end(2);
}
