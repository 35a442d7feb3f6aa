import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { closeSync, openSync, readFileSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { createConnection, createServer } from "node:net";
import { at, type Started } from "./folder.ts";

const LOOK_EVERY_MS = 100;
/** From the polite signal to the other one, and from that to the end. */
const STOP_MAX_MS = 20_000;
const KILL_MAX_MS = 5_000;
/** How long a port may take to answer a connection. */
const LISTEN_LOOK_MAX_MS = 1_000;
const LOG_TAIL_CHARS = 2_000;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Below those that systems give to outgoing connections, one of which may take a port before its server does. */
const PORT_MIN = 10_000;
const PORT_MAX = 32_767;
const PORT_TRIES_MAX = 1_000;
/** No port twice, though who asked for it has not taken it yet. */
const given = new Set<number>();

/** As many ports of 127.0.0.1 as asked that nobody uses now. @throws Error where there are none. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let tries = 0; ports.length < count; tries++) {
    if (tries === PORT_TRIES_MAX) throw new Error(`no free port from ${PORT_MIN} to ${PORT_MAX} in ${tries} tries`);
    const port = randomInt(PORT_MIN, PORT_MAX + 1);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  const free = await new Promise<boolean>((resolve) => {
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => resolve(true));
  });
  if (free) await new Promise((resolve) => server.close(resolve));
  return free;
}

export type Run = {
  readonly cwd: string;
  /** It is ended after this long. */
  readonly maxMs: number;
  /** What to do where there is no such program. */
  readonly missing: string;
  readonly env?: NodeJS.ProcessEnv;
};

/** Runs a program to its end and gives what it printed last. @throws Error with that, where it did not end well. */
export async function runToEnd(command: string, args: readonly string[], run: Run): Promise<string> {
  const { cwd, maxMs, missing, env = process.env } = run;
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  // The option of `spawn` would keep this process waiting where there is no such program.
  const timer = setTimeout(() => child.kill(), maxMs);
  let output = "";
  const take = (data: Buffer): void => {
    output = (output + data.toString()).slice(-LOG_TAIL_CHARS);
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      const why = error.code === "ENOENT" ? `there is no ${command}: ${missing}` : `${command}: ${error.message}`;
      reject(new Error(why));
    });
    child.once("close", (...ended) => resolve(ended));
  }).finally(() => clearTimeout(timer));
  if (code === 0) return output;
  const how = signal === null ? `ended with ${code}` : `was ended by ${signal} (it may take ${maxMs / 1_000} s)`;
  throw new Error(`${command} ${args[0] ?? ""} ${how}:\n${output}`);
}

/** Starts a server that lives on after this process; its output goes to a file in the folder. */
export async function startServer(
  name: string,
  command: string,
  args: readonly string[],
  mark: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Started> {
  await mkdir(at("logs"), { recursive: true });
  // What a process prints at its start may be for its owner only.
  const log = openSync(at("logs", `${name}.log`), "w", 0o600);
  const child = spawn(command, args, { detached: true, stdio: ["ignore", log, log], env, cwd: at() });
  closeSync(log);
  const pid = await new Promise<number>((resolve, reject) => {
    child.once("spawn", () => resolve(child.pid ?? 0));
    child.once("error", (error) => reject(new Error(`${name}: ${command} could not be started: ${error.message}`)));
  });
  child.unref();
  return { name, pid, mark };
}

/** Whether the process is there and is the one that was started. */
export function lives({ pid, mark }: Started): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(mark);
  } catch {
    return false;
  }
}

/** Resolves when the port takes connections. @throws Error when the server ends before, or after `maxMs`. */
export async function untilListening(server: Started, port: number, maxMs: number): Promise<void> {
  await until(server, `does not listen on ${port}`, maxMs, () =>
    takesConnections("127.0.0.1", port, LISTEN_LOOK_MAX_MS),
  );
}

/** Resolves when `done` says so. @throws Error with the server's last lines when it ends before, or after `maxMs`. */
export async function until(server: Started, what: string, maxMs: number, done: () => Promise<boolean>): Promise<void> {
  for (const endMs = Date.now() + maxMs; Date.now() < endMs; await pause(LOOK_EVERY_MS)) {
    if (!lives(server)) throw new Error(`${server.name} ended at its start:\n${await logTail(server.name)}`);
    if (await done()) return;
  }
  throw new Error(`${server.name} ${what} after ${maxMs / 1_000} s:\n${await logTail(server.name)}`);
}

/**
 * Ends it, with the hard signal if it must be, and waits until it has gone. One that has gone already is left alone.
 * @throws Error when it is there after all that.
 */
export async function stopServer(server: Started): Promise<void> {
  for (const [signal, maxMs] of [["SIGTERM", STOP_MAX_MS] as const, ["SIGKILL", KILL_MAX_MS] as const]) {
    if (!lives(server)) return;
    process.kill(server.pid, signal);
    for (const endMs = Date.now() + maxMs; lives(server) && Date.now() < endMs; ) await pause(LOOK_EVERY_MS);
  }
  if (lives(server)) throw new Error(`${server.name} (process ${server.pid}) does not end`);
}

async function logTail(name: string): Promise<string> {
  return (await readFile(at("logs", `${name}.log`), "utf8").catch(() => "")).slice(-LOG_TAIL_CHARS);
}

/** Whether a connection is taken there, within `maxMs`. */
export function takesConnections(host: string, port: number, maxMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, timeout: maxMs });
    const end = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}
