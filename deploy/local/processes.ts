import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { createConnection, createServer } from "node:net";
import { at, type Started } from "./folder.ts";

const LOOK_EVERY_MS = 100;
/** From the polite signal to the other one. */
const STOP_MAX_MS = 20_000;
const LOG_TAIL_CHARS = 2_000;

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** As many ports of 127.0.0.1 as asked that nobody uses now. */
export async function freePorts(count: number): Promise<number[]> {
  const held = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  const ports = held.map((server) => (server.address() as { port: number }).port);
  await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Runs a program to its end. @throws Error with the end of what it printed. */
export async function runToEnd(
  command: string,
  args: readonly string[],
  options: { cwd: string; env?: NodeJS.ProcessEnv },
) {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const take = (data: Buffer): void => {
    output = (output + data.toString()).slice(-LOG_TAIL_CHARS);
  };
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", (error) => reject(new Error(`${command} could not be started: ${error.message}`)));
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${output}`);
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
  const log = openSync(at("logs", `${name}.log`), "a", 0o600);
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
  for (const endMs = Date.now() + maxMs; Date.now() < endMs; await pause(LOOK_EVERY_MS)) {
    if (!lives(server)) throw new Error(`${server.name} ended at its start:\n${await logTail(server.name)}`);
    if (await listens(port)) return;
  }
  throw new Error(`${server.name} does not listen on ${port} after ${maxMs / 1_000} s:\n${await logTail(server.name)}`);
}

/** Ends it, with the hard signal if it must be, and waits until it has gone. One that has gone already is left alone. */
export async function stopServer(server: Started): Promise<void> {
  if (!lives(server)) return;
  process.kill(server.pid, "SIGTERM");
  for (const endMs = Date.now() + STOP_MAX_MS; Date.now() < endMs; await pause(LOOK_EVERY_MS))
    if (!lives(server)) return;
  process.kill(server.pid, "SIGKILL");
}

async function logTail(name: string): Promise<string> {
  return (await readFile(at("logs", `${name}.log`), "utf8").catch(() => "")).slice(-LOG_TAIL_CHARS);
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: "127.0.0.1" });
    const end = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
  });
}
