import { readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { OwnGuildhall } from "../../processes/servers.ts";
import { metricOf, ownMemoryMib } from "../measured.ts";

const LOOK_EVERY_MS = 500;
const CONNECTIONS = "guildhall_gateway_connections";
const SILENT = "guildhall_gateway_silent_connections";

/** What the server holds at one moment. */
export type Held = {
  readonly mib: number;
  readonly fds: number;
  readonly connections: number;
  readonly silent: number;
};

async function heldBy({ metrics, pid }: OwnGuildhall): Promise<Held> {
  return {
    mib: await ownMemoryMib(pid),
    fds: (await readdir(`/proc/${pid}/fd`)).length,
    connections: await metricOf(metrics, CONNECTIONS),
    silent: await metricOf(metrics, SILENT),
  };
}

/** The most of each while `work` goes on. */
export async function mostHeld(server: OwnGuildhall, work: Promise<unknown>): Promise<Held> {
  let most = await heldBy(server);
  let over = false;
  const end = (): void => {
    over = true;
  };
  void work.then(end, end);
  while (!over) {
    await sleep(LOOK_EVERY_MS);
    const now = await heldBy(server);
    most = {
      mib: Math.max(most.mib, now.mib),
      fds: Math.max(most.fds, now.fds),
      connections: Math.max(most.connections, now.connections),
      silent: Math.max(most.silent, now.silent),
    };
  }
  return most;
}

/** What is held once `isBack` says so, or after `maxMs`. */
export async function heldOnce(server: OwnGuildhall, isBack: (held: Held) => boolean, maxMs: number): Promise<Held> {
  const startMs = performance.now();
  for (;;) {
    const held = await heldBy(server);
    if (isBack(held) || performance.now() - startMs > maxMs) return held;
    await sleep(LOOK_EVERY_MS);
  }
}
