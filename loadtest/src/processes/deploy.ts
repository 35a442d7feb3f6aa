import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** Where `npm run servers` and `npm run cluster` keep what runs. */
export const SERVERS_FOLDER = join(ROOT, ".servers");
/** Processes wait for each other, two and a half minutes at most; Cassandra may take three to start. */
const DONE_MAX_MS = 200_000;

/** What `npm run servers` and `npm run cluster` run. */
const MAINS = { servers: "deploy/local/main.ts", cluster: "deploy/cluster/main.ts" } as const;

/** `npm run servers -- …`, `npm run cluster -- …`, in this process's environment where none is given. Resolves at its end. @throws Error with what it said where it failed. */
export async function deploy(
  what: keyof typeof MAINS,
  args: readonly string[],
  env?: NodeJS.ProcessEnv,
): Promise<void> {
  const main = ["--conditions=source", "--import", "tsx", MAINS[what], ...args];
  await promisify(execFile)(process.execPath, main, {
    cwd: ROOT,
    timeout: DONE_MAX_MS,
    ...(env === undefined ? {} : { env }),
  });
}
