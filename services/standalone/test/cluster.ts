import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { claimOperator } from "@guildhall/client";
import { type ScratchFolder, scratchFolder } from "@guildhall/testkit";
import { addedPeople, type Bench, connectedClient } from "./bench.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const MAIN = ["--conditions=source", "--import", "tsx", "deploy/cluster/main.ts"];
/** A command that takes longer has failed, ms. */
const COMMAND_MAX_MS = 240_000;

/** No waiting when a gateway ends, and no limits on what clients send. */
const SETTINGS = {
  GATEWAY_DRAIN_MS: "0",
  GUILDHALL_PROFILE: "loadtest",
  API_SIGNUPS_PER_MINUTE: "100000",
  API_SIGNUPS_BURST: "100000",
  API_SIGNINS_PER_MINUTE: "100000",
  API_SIGNINS_BURST: "100000",
  API_DEVICE_CALLS_PER_MINUTE: "100000",
  API_DEVICE_CALLS_BURST: "100000",
};

/** Variables that say where the servers are. Without one of them there is no cluster. */
export const CLUSTER_NEEDS = ["NATS_SERVERS", "CASSANDRA_CONTACT_POINTS", "REDIS_URL"] as const;

/** Two gateways, two fanouts, a sidecar and an api as processes of their own. */
export type TestCluster = AsyncDisposable & {
  /** The cluster as a bench with user names of its own; everything else in it is shared. */
  bench(): Bench;
  /** Any further command of `npm run cluster`. Resolves with what it printed. */
  command(...words: readonly string[]): Promise<string>;
};

/** `npm run cluster -- <words>`. Resolves with what it printed. @throws Error with what it said. */
export async function clusterCommand(
  words: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<string> {
  const options = { cwd: ROOT, env: { ...process.env, ...SETTINGS, ...more }, timeout: COMMAND_MAX_MS };
  const { stdout } = await promisify(execFile)(process.execPath, [...MAIN, ...words], options);
  return stdout;
}

let benches = 0;

/** `npm run cluster` with an operator and keys of its own. @throws Error with what it printed, also where one runs already. */
export async function startCluster(): Promise<TestCluster> {
  const folder: ScratchFolder = await scratchFolder();
  const command = (...words: readonly string[]) => clusterCommand(words);
  const printed = await command("start", "--folder", join(folder.path, "cluster"));
  const http = /^api (\S+)/m.exec(printed)?.[1] ?? "";
  const gateways = [...printed.matchAll(/^gateway-\d+ (\S+)/gm)].map(([, url = ""]) => url);
  const code = /^operator code (\S+)/m.exec(printed)?.[1] ?? "";
  const run = Date.now().toString(36);
  const { key } = await claimOperator(http, code).catch(async (error: unknown) => {
    await command("stop");
    throw new Error(`no operator by code "${code}"; the start printed:\n${printed}`, { cause: error });
  });

  return {
    bench() {
      const of = `${run}_${++benches}`;
      let clients = 0;
      const name = (word: string) => `${word}_${of}`;
      return {
        server: { http, websocket: gateways[0] ?? "" },
        gateways,
        key,
        name,
        people: (count) => addedPeople(http, key, count, name),
        client(session, options) {
          const at = clients++ % gateways.length;
          return connectedClient([...gateways.slice(at), ...gateways.slice(0, at)], session, options);
        },
        async restart() {
          for (const one of ["gateway-1", "gateway-2", "fanout-1"]) await command("restart", one);
        },
      };
    },
    command,
    async [Symbol.asyncDispose]() {
      await command("stop");
      await folder[Symbol.asyncDispose]();
    },
  };
}
