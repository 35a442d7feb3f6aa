import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { canPin } from "./cores.ts";

/** The repository: paths of children start here. */
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const STOP_MAX_MS = 15_000;

export type ChildOptions = {
  /** The core to stay on, where `taskset` can pin it; without it any. */
  readonly core?: number;
  readonly env: NodeJS.ProcessEnv;
  /** Whether messages go to and fro. */
  readonly ipc?: boolean;
  /** Conditions of the build beside `source`. */
  readonly conditions?: readonly string[];
  /** A command that runs the process, with its arguments. It has to become the process, or hand its signals on. */
  readonly under?: readonly string[];
};

/** Names the folder that every child writes a CPU profile to at its end. */
export const PROFILE_ENV = "LOADTEST_PROFILE";

const profiling = (folder: string | undefined): string[] =>
  folder === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${folder}`];

/** A process of ours. Disposing it ends it: SIGTERM, and after 15 s SIGKILL, by its id. */
export type Child = AsyncDisposable & {
  readonly process: ChildProcess;
  /** Ends it at once, with SIGKILL, and waits until it is gone. */
  kill(): Promise<void>;
  /** The first line of its output that matches. @throws Error when it ends, or after `timeoutMs`. */
  line(pattern: RegExp, timeoutMs: number): Promise<RegExpExecArray>;
};

/** Those that run. None outlives us, however we end, unless we are killed ourselves. */
const alive = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

/** Where the environment names a fault that is to be built in, it has no effect without the condition for it. */
function conditionsOf(more: readonly string[], env: NodeJS.ProcessEnv): readonly string[] {
  return [...new Set(["source", ...more, ...(env["GUILDHALL_SEEDED"] === undefined ? [] : ["seeded"])])];
}

/** Runs a source of this repository as `npm start` does: `path` from the root. */
export function runSource(path: string, options: ChildOptions): Child {
  const { core, conditions = [], under = [] } = options;
  const node = [
    ...under,
    process.execPath,
    ...conditionsOf(conditions, options.env).map((condition) => `--conditions=${condition}`),
    ...profiling(options.env[PROFILE_ENV]),
    "--import",
    "./tools/start/preload.mjs",
    "--import",
    "tsx",
    path,
  ];
  const [command = "", ...args] = canPin && core !== undefined ? ["taskset", "-c", String(core), ...node] : node;
  const child = spawn(command, args, {
    cwd: ROOT,
    env: options.env,
    stdio: ["ignore", "pipe", "inherit", ...(options.ipc === true ? (["ipc"] as const) : [])],
  });
  alive.add(child);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", (code, signal) => {
      alive.delete(child);
      if (!stopping.has(child)) process.stderr.write(`${path} ended by itself: ${signal ?? `code ${code}`}\n`);
      resolve();
    });
    child.once("error", () => resolve());
  });
  const lines: string[] = [];
  const waiting = new Set<() => void>();
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on("line", (line) => {
      // Addresses come first; what a server logs later is of no interest.
      if (lines.length < 1_000) lines.push(line);
      for (const look of waiting) look();
    });
  }
  return {
    process: child,
    async kill() {
      stopping.add(child);
      child.kill("SIGKILL");
      await ended;
    },
    line: (pattern, timeoutMs) => lineOf(pattern, timeoutMs, lines, waiting, ended, path),
    [Symbol.asyncDispose]: () => stop(child, ended),
  };
}

function lineOf(
  pattern: RegExp,
  timeoutMs: number,
  lines: readonly string[],
  waiting: Set<() => void>,
  ended: Promise<void>,
  path: string,
): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${path} did not say ${pattern} in ${timeoutMs} ms`)), timeoutMs);
    const look = (): void => {
      for (const line of lines) {
        const match = pattern.exec(line);
        if (match === null) continue;
        clearTimeout(timer);
        waiting.delete(look);
        resolve(match);
        return;
      }
    };
    waiting.add(look);
    void ended.then(() => {
      clearTimeout(timer);
      reject(new Error(`${path} ended before it said ${pattern}`));
    });
    look();
  });
}

/** Children that we have told to end. */
const stopping = new WeakSet<ChildProcess>();

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  stopping.add(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MAX_MS);
  await ended;
  clearTimeout(timer);
}
