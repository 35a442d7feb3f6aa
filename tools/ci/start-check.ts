import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** From `npm start` to 200 on /readyz. Generous: a shared machine compiles the sources first. */
const READY_MAX_MS = 60_000;
/** From SIGTERM to the end. */
const CLOSE_MAX_MS = 20_000;
const ASK_EVERY_MS = 100;

/** Asks until the answer is 200. @throws Error after the deadline. */
async function readyAt(base: string, deadlineMs: number): Promise<void> {
  for (;;) {
    const status = await fetch(`${base}/readyz`, { signal: AbortSignal.timeout(2_000) }).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return;
    if (Date.now() > deadlineMs) throw new Error(`/readyz answered ${status} and not 200 within ${READY_MAX_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS));
  }
}

/** Starts the system on an empty folder as README says, waits until it is ready, and ends it with SIGTERM. */
async function check(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "guildhall-start-"));
  const startedAtMs = Date.now();
  // A group of its own, so that npm and what npm started get the signal alike.
  const child = spawn("npm", ["start"], {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, API_PORT: "0", GATEWAY_PORT: "0", GUILDHALL_DATA: join(folder, "data") },
  });
  const signal = (name: NodeJS.Signals): void => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) process.kill(-child.pid, name);
  };
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const lines = createInterface({ input: child.stdout });
  try {
    const base = await new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("no line with the HTTP address")), READY_MAX_MS);
      lines.on("line", (line) => {
        process.stdout.write(`${line}\n`);
        const url = /^http (http:\/\/\S+)/.exec(line)?.[1];
        if (url === undefined) return;
        clearTimeout(timer);
        resolve(url);
      });
      void ended.then(() => reject(new Error(`npm start ended with ${child.exitCode ?? child.signalCode}`)));
    });
    await readyAt(base, startedAtMs + READY_MAX_MS);
    process.stdout.write(`ready after ${Date.now() - startedAtMs} ms\n`);
    signal("SIGTERM");
    const timer = setTimeout(() => signal("SIGKILL"), CLOSE_MAX_MS);
    await ended;
    clearTimeout(timer);
    if (child.signalCode === "SIGKILL") throw new Error(`still running ${CLOSE_MAX_MS} ms after SIGTERM`);
  } finally {
    signal("SIGKILL");
    lines.close();
    await rm(folder, { recursive: true, force: true });
  }
}

await check();
