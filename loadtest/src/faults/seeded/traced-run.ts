import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addPeople, claimOperator, type Session } from "@guildhall/client";
import { Closers, fromBase64Url, makeNonce, sleep } from "@guildhall/kernel";
import { CLIENT_FRAME } from "@guildhall/proto";
import { type MortalOptions, MortalServer } from "../server.ts";
import { Connection } from "../workload/connection.ts";
import { ask } from "../workload/set-up.ts";
import { TRACED_CALLS, type TracedOk, tracedOks } from "./trace.ts";

const MESSAGES = 20;
/** Between two messages: longer than a commit takes, so that a late sync is not taken for the next one's. */
const QUIET_MS = 150;
/** strace writes what it has seen when its tracee has ended; until then. */
const TRACE_MAX_MS = 10_000;

/** Why no process can be traced here; undefined where one can. */
export function noTrace(): string | undefined {
  const { status, error } = spawnSync("strace", ["-f", "-o", "/dev/null", "true"], { stdio: "ignore" });
  if (error !== undefined) return "there is no strace";
  return status === 0 ? undefined : "ptrace is refused here";
}

/** Runs a server under strace, sends messages one at a time, and reads which answers left after their sync. */
export async function tracedRun(options: MortalOptions, around: Closers): Promise<readonly TracedOk[]> {
  const closers = new Closers();
  // A run that is given up ends with what is round it.
  around.defer(() => closers[Symbol.asyncDispose]());
  try {
    const folder = await mkdtemp(join(tmpdir(), "guildhall-trace-"));
    closers.defer(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, "trace");
    // -D: the process we start becomes the server, and strace a child of it, so that signals meet the server.
    const under = ["strace", "-D", "-f", "-y", "-ttt", "-s", "200", "-e", TRACED_CALLS, "-o", file];
    const server = await MortalServer.make({ ...options, under }, closers);
    await server.start();
    const invokedS = await talk(server);
    await server.kill();
    return await oksOf(file, invokedS);
  } finally {
    await closers[Symbol.asyncDispose]();
  }
}

/** Sends messages, each when the one before is answered and all is quiet. When each left, by its request's number. */
async function talk(server: MortalServer): Promise<ReadonlyMap<number, number>> {
  const session = await somebody(server);
  const connection = await Connection.open(server.url, { onFrame: () => {}, onClose: () => {} }, "json");
  const dev = fromBase64Url(session.dev) ?? new Uint8Array(16);
  await ask(connection, (i) => ({ t: CLIENT_FRAME.hello, i, v: 1, tok: session.access, dev, app: "faults", cap: [] }));
  const created = { m: "group.create", a: { name: "Traced", category: "support" }, n: makeNonce(Date.now()) };
  const { g } = (await ask(connection, (i) => ({ t: CLIENT_FRAME.ask, i, ...created }))) as { g: number };
  const invokedS = new Map<number, number>();
  for (let message = 0; message < MESSAGES; message++) {
    await sleep(QUIET_MS);
    const n = makeNonce(Date.now());
    await ask(connection, (i) => {
      invokedS.set(i, (performance.timeOrigin + performance.now()) / 1_000);
      return { t: CLIENT_FRAME.send, i, g, n, k: "text", b: { t: `traced ${message}` } };
    });
  }
  await sleep(QUIET_MS);
  connection.cut();
  return invokedS;
}

async function somebody({ api, operatorCode }: MortalServer): Promise<Session> {
  const { key } = await claimOperator(api, operatorCode);
  const [person] = await addPeople(api, key, ["traced"]);
  if (person === undefined || !("access" in person)) throw new Error("nobody was added");
  return person;
}

/** @throws Error where the trace lacks an answer: then nothing can be said. */
async function oksOf(file: string, invokedS: ReadonlyMap<number, number>): Promise<readonly TracedOk[]> {
  for (let waitedMs = 0; ; waitedMs += QUIET_MS) {
    const oks = tracedOks(await readFile(file, "utf8"), invokedS).filter(({ i }) => invokedS.has(i));
    if (oks.length === invokedS.size) return oks;
    if (waitedMs > TRACE_MAX_MS) throw new Error(`the trace has ${oks.length} of ${invokedS.size} answers`);
    await sleep(QUIET_MS);
  }
}
