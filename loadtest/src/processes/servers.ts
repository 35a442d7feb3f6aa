import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Closers } from "@guildhall/kernel";
import { runSource } from "./child.ts";

/**
 * A server under load. `metrics`: where its CPU seconds are read. `processes`: where it is more than one process that
 * runs already, the metrics of those whose CPU counts; none of them is pinned to a core.
 */
export type Server = { readonly url: string; readonly metrics: string; readonly processes?: readonly string[] };

/** Our own system, with what it takes to add people. `socket`: its permission sidecar's, where it is on this machine. */
export type GuildhallServer = Server & { readonly api: string; readonly operatorCode: string; readonly socket: string };
/** One that we have started ourselves, with the id of its process. */
export type OwnGuildhall = GuildhallServer & { readonly pid: number };

const START_MAX_MS = 60_000;
/** All that a server prints at its start has been read by then. */
const CODE_MAX_MS = 100;

/** One of the baseline servers, on its core or on any. */
export async function startBaseline(
  name: "topic" | "gather",
  closers: Closers,
  core: number | undefined,
  env: NodeJS.ProcessEnv,
): Promise<Server> {
  const pinned = core === undefined ? {} : { core };
  const child = closers.use(runSource(`loadtest/src/baseline/${name}-server.ts`, { ...pinned, env }));
  const [, port, metricsPort] = await child.line(/^listening (\d+) (\d+)$/, START_MAX_MS);
  return { url: `ws://127.0.0.1:${port}/ws`, metrics: `http://127.0.0.1:${metricsPort}/metrics` };
}

/**
 * The whole system in one process, as `npm start` runs it but with these settings, on an empty folder that goes with
 * it. Without settings: no limits.
 */
export async function startGuildhall(
  closers: Closers,
  core: number,
  env: NodeJS.ProcessEnv,
  settings: Readonly<Record<string, string>> = UNLIMITED,
): Promise<OwnGuildhall> {
  return startGuildhallOn({ data: await scratchData(closers), core, env, settings }, closers);
}

/** A place for a data folder that goes with `closers`. */
export async function scratchData(closers: Closers): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "guildhall-load-"));
  closers.defer(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "data");
}

export type OwnServer = {
  /** Its data folder. On one that has an operator there is no operator code: it is empty. */
  readonly data: string;
  readonly core: number;
  readonly env: NodeJS.ProcessEnv;
  /** Without them: no limits. */
  readonly settings?: NodeJS.ProcessEnv;
};

/** The same on a data folder that may outlive it. */
export async function startGuildhallOn(
  { data, core, env, settings = UNLIMITED }: OwnServer,
  closers: Closers,
): Promise<OwnGuildhall> {
  const child = closers.use(
    runSource("services/standalone/src/main.ts", {
      core,
      env: { ...env, ...settings, ...ANY_PORT, GUILDHALL_DATA: data },
    }),
  );
  const [, api = ""] = await child.line(/^http (http:\S+)/, START_MAX_MS);
  const [, url = ""] = await child.line(/^websocket (ws:\S+)/, START_MAX_MS);
  // The code, where there is one, is printed before this.
  await child.line(/^make a person/, START_MAX_MS);
  const code = await child.line(/^operator code (\S+)/, CODE_MAX_MS).catch(() => undefined);
  return {
    url,
    api,
    operatorCode: code?.[1] ?? "",
    metrics: `${api}/metrics`,
    socket: join(data, "permission.sock"),
    pid: child.process.pid ?? 0,
  };
}

/** Everything comes from one address and as fast as it goes. */
const UNLIMITED = { GUILDHALL_PROFILE: "loadtest" };
/** Any free port, so that a running system is left alone. */
const ANY_PORT = { API_PORT: "0", GATEWAY_PORT: "0" };
