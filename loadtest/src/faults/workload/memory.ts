import type { Recorder } from "@guildhall/testkit/history";
import { ownMemoryMib } from "../measured.ts";

const EVERY_MS = 250;
const MIB = 1024 * 1024;

export type Process = { readonly name: string; readonly pid: number };

/** Records what each process has in memory of its own, four times a second, until it is disposed. */
export function watchMemory(recorder: Recorder, processes: () => readonly Process[], maxMib: number): Disposable {
  let over = false;
  const timer = setInterval(() => {
    for (const process of processes()) void sample(process);
  }, EVERY_MS);
  timer.unref();

  async function sample({ name, pid }: Process): Promise<void> {
    // One that has ended since has none.
    const mib = await ownMemoryMib(pid).catch(() => undefined);
    if (mib === undefined || over) return;
    recorder.record({ op: "sample", of: name, what: "memory", bytes: Math.round(mib * MIB), maxBytes: maxMib * MIB });
  }

  return {
    [Symbol.dispose]() {
      over = true;
      clearInterval(timer);
    },
  };
}
