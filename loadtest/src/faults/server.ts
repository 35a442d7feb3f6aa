import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Closers } from "@guildhall/kernel";
import { type Child, type ChildOptions, runSource } from "../processes/child.ts";

/** A start that takes longer has failed, ms. */
const START_MAX_MS = 60_000;
/** No limits, and as many sign-ups, sign-ins and ends of sign-ins as a run needs from one address. */
export const NO_LIMITS = {
  GUILDHALL_PROFILE: "loadtest",
  API_SIGNUPS_PER_MINUTE: "10000",
  API_SIGNUPS_BURST: "10000",
  API_SIGNINS_PER_MINUTE: "10000",
  API_SIGNINS_BURST: "10000",
  API_SIGNINS_PER_NAME_PER_MINUTE: "10000",
  API_SIGNINS_PER_NAME_BURST: "10000",
  API_DEVICE_CALLS_PER_MINUTE: "10000",
  API_DEVICE_CALLS_BURST: "10000",
  API_DEVICE_CALLS_PER_PERSON_PER_MINUTE: "10000",
  API_DEVICE_CALLS_PER_PERSON_BURST: "10000",
};
/** Any free port. */
const SETTINGS = {
  ...NO_LIMITS,
  API_PORT: "0",
  GATEWAY_PORT: "0",
  GATEWAY_DRAIN_MS: "0",
};

export type MortalOptions = Pick<ChildOptions, "env" | "under"> & {
  /** A fault that is built in; none where absent. */
  readonly seeded?: string;
};

/** The whole system in a process that may be killed and started again on the same folder. */
export class MortalServer implements AsyncDisposable {
  readonly #options: MortalOptions;
  readonly #data: string;
  #child: Child | undefined;
  /** Addresses of the process that runs, or ran last: they change with each start. */
  url = "";
  api = "";
  /** Of the first start. */
  operatorCode = "";

  private constructor(options: MortalOptions, data: string) {
    this.#options = options;
    this.#data = data;
  }

  /** On an empty folder that goes with `closers`; not started. */
  static async make(options: MortalOptions, closers: Closers): Promise<MortalServer> {
    const folder = await mkdtemp(join(tmpdir(), "guildhall-fault-"));
    closers.defer(() => rm(folder, { recursive: true, force: true }));
    return closers.use(new MortalServer(options, join(folder, "data")));
  }

  /** Of the process that runs. */
  get pid(): number | undefined {
    return this.#child?.process.pid;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /** Resolves when it serves, with the ms that took. @throws Error when it does not within a minute. */
  async start(): Promise<number> {
    const { seeded, env, under = [] } = this.#options;
    const startedMs = performance.now();
    const child = runSource("services/standalone/src/main.ts", {
      env: { ...env, ...SETTINGS, GUILDHALL_DATA: this.#data, GUILDHALL_SEEDED: seeded ?? "" },
      conditions: seeded === undefined ? [] : ["seeded"],
      under,
    });
    this.#child = child;
    const [, api = ""] = await child.line(/^http (http:\S+)/, START_MAX_MS);
    const [, url = ""] = await child.line(/^websocket (ws:\S+)/, START_MAX_MS);
    if (this.operatorCode === "") {
      const [, code = ""] = await child.line(/^operator code (\S+)/, START_MAX_MS);
      this.operatorCode = code;
    }
    this.api = api;
    this.url = url;
    return performance.now() - startedMs;
  }

  /** Ends it at once, as `kill -9` does. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    await child?.kill();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child?.[Symbol.asyncDispose]();
    this.#child = undefined;
  }
}
