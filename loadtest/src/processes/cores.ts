import { spawnSync } from "node:child_process";
import type { Closers } from "@guildhall/kernel";

const taskset = (...args: readonly string[]) => spawnSync("taskset", args, { encoding: "utf8" });

/** Whether processes can be kept on a core here. */
export const canPin: boolean = taskset("-c", "0", "true").status === 0;

/**
 * Keeps processes that run on one core, with all their threads and with what they start from now on, as long as `closers`
 * are open. One that has ended meanwhile is left out. Does nothing where processes cannot be kept.
 */
export function keepOn(core: number, pids: readonly number[], closers: Closers): void {
  if (!canPin) return;
  for (const pid of pids) {
    // "pid 4711's current affinity list: 0,1"
    const before = taskset("-c", "-p", String(pid)).stdout.split(":").at(-1)?.trim() ?? "";
    if (before === "" || taskset("-a", "-c", "-p", String(core), String(pid)).status !== 0) continue;
    closers.defer(() => void taskset("-a", "-c", "-p", before, String(pid)));
  }
}
