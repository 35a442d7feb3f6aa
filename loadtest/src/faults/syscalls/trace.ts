import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sleep } from "@guildhall/kernel";

/** Calls that write, sync or rename: every one that a run makes on the data folder is a point of the sweep. */
export const CALLS = [
  "pwrite64",
  "pwritev",
  "writev",
  "write",
  "fdatasync",
  "fsync",
  "ftruncate",
  "rename",
  "mkdir",
  "lseek",
] as const;
export type Call = (typeof CALLS)[number];

export type FaultKind = "kill" | "EIO" | "ENOSPC" | "short";

/** lmdb takes every short write for an error. */
const WRITES_OF_LMDB: readonly Call[] = ["pwrite64", "pwritev", "writev"];

/**
 * The faults that make sense at a call. An injected short write says that one byte is there and writes none: whoever
 * goes on behind it, as Node does for `write`, is lied to as by no system.
 */
export function faultsAt(call: Call): readonly FaultKind[] {
  if (call === "lseek") return ["kill", "EIO"];
  return WRITES_OF_LMDB.includes(call) ? ["kill", "EIO", "ENOSPC", "short"] : ["kill", "EIO", "ENOSPC"];
}

const INJECTED: Readonly<Record<FaultKind, string>> = {
  kill: "signal=SIGKILL",
  EIO: "error=EIO",
  ENOSPC: "error=ENOSPC",
  // Says that one byte was written.
  short: "retval=1",
};

export type Injection = { readonly call: Call; readonly n: number; readonly fault: FaultKind };

/** Files of the data folder, and the folders: calls on sockets and on what Node itself has open are left alone. */
const FILES = [
  "",
  "journal",
  "store",
  "journal/data.mdb",
  "store/data.mdb",
  "installation.json",
  "installation.json.new",
  "token-key.json",
  "token-key.json.new",
  "operator.json",
  "operator.json.new",
] as const;

/**
 * The command that traces a process, which keeps its id, and puts a fault at the n-th call of a kind on the data
 * folder. strace counts for each thread; all of lmdb's and Node's writing is on the one thread of the pool, once
 * UV_THREADPOOL_SIZE is 1.
 */
export function tracer(data: string, output: string, injection?: Injection): string[] {
  const paths = FILES.flatMap((file) => ["-P", join(data, file)]);
  const calls = injection === undefined ? CALLS.join(",") : injection.call;
  const inject =
    injection === undefined ? [] : ["-e", `inject=${injection.call}:${INJECTED[injection.fault]}:when=${injection.n}`];
  return [...STRACE, "-o", output, ...paths, "-e", `trace=${calls}`, ...inject];
}

const STRACE = ["strace", "-D", "-f", "-q", "--seccomp-bpf"];

/** The command that traces what is written to files and sockets, in full, and what is synced. */
export function sentAndSynced(output: string): string[] {
  const calls = "openat,pwrite64,pwritev,writev,fdatasync,write,sendto,sendmsg";
  return [...STRACE, "-y", "-s", "65536", "-o", output, "-e", `trace=${calls}`];
}

/** What stops us from tracing on this machine, or nothing. */
export function untraceable(): string | undefined {
  const { status, error, stderr } = spawnSync("strace", ["-f", "--seccomp-bpf", "-o", "/dev/null", "true"], {
    encoding: "utf8",
  });
  if (status === 0) return undefined;
  return error === undefined ? `strace: ${stderr.trim()}` : "strace is not installed";
}

const ENDED = /\+\+\+ (exited with \d+|killed by \w+)/;
const END_MAX_MS = 30_000;
const END_EVERY_MS = 20;

/** The trace, once strace has written its end: the line of the process `pid` itself. @throws Error when it does not. */
export async function finishedTrace(path: string): Promise<string> {
  let before = -1;
  for (let waitedMs = 0; waitedMs < END_MAX_MS; waitedMs += END_EVERY_MS) {
    const text = await readFile(path, "utf8").catch(() => "");
    if (text.length === before && ENDED.test(text)) return text;
    before = text.length;
    await sleep(END_EVERY_MS);
  }
  throw new Error(`strace wrote no end to ${path}`);
}

/** Whether the fault was met. */
export function wasMet(trace: string, { fault }: Injection): boolean {
  return fault === "kill" ? trace.includes("killed by SIGKILL") : trace.includes("(INJECTED)");
}

/** Whether the fault was met after the process had been told to end, so that the call is one of closing its files. */
export function wasMetAtEnd(trace: string): boolean {
  const told = trace.indexOf("--- SIGTERM");
  return told >= 0 && told < trace.indexOf("(INJECTED)");
}

/** How often each call was made, by the thread that made most of them. */
export function countsIn(trace: string): Map<Call, number> {
  const byThread = new Map<string, number>();
  for (const [, thread = "", call = ""] of trace.matchAll(/^(\d+) +(\w+)\(/gm)) {
    const key = `${call} ${thread}`;
    byThread.set(key, (byThread.get(key) ?? 0) + 1);
  }
  const counts = new Map<Call, number>();
  for (const [key, count] of byThread) {
    const call = CALLS.find((known) => known === key.split(" ")[0]);
    if (call !== undefined) counts.set(call, Math.max(count, counts.get(call) ?? 0));
  }
  return counts;
}
