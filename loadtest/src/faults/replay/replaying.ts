import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Closers } from "@guildhall/kernel";
import { Progress } from "./progress.ts";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const CLI = [
  "--conditions=source",
  "--import",
  "./tools/start/preload.mjs",
  "--import",
  "tsx",
  "services/cli/src/main.ts",
];
/** Of what it says, kept to tell why it failed. */
const SAID_MAX = 10;

export type Replaying = {
  readonly progress: Progress;
  readonly running: boolean;
  /** Resolves at its end. `said`: what it said last. */
  readonly ended: Promise<Ended>;
};

/** `code` is none where it was ended by a signal. */
export type Ended = { readonly code: number | null; readonly figures: string; readonly said: readonly string[] };

/** Runs `guildhall replay` at full speed as a process of its own, which goes with `closers` and is ended after `maxMs`. */
export function startReplay(log: string, env: NodeJS.ProcessEnv, maxMs: number, closers: Closers): Replaying {
  const child = spawn(process.execPath, [...CLI, "replay", log, "--json"], {
    cwd: ROOT,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), maxMs);
  closers.defer(() => void child.kill("SIGKILL"));
  const progress = new Progress();
  const said: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    progress.take(line);
    said.push(line);
    if (said.length > SAID_MAX) said.shift();
  });
  let figures = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    figures += text;
  });
  let running = true;
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      running = false;
      clearTimeout(timer);
      resolve({ code, figures, said });
    });
  });
  // Who started it may be told of something else first.
  ended.catch(() => {});
  return {
    progress,
    ended,
    get running() {
      return running;
    },
  };
}
