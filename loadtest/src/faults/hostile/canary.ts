import { once } from "node:events";
import type { Closers } from "@guildhall/kernel";
import { runSource } from "../../processes/child.ts";
import type { CanaryReport, CanaryTask, CanaryWord } from "./canary-process.ts";
import type { Ground } from "./ground.ts";

const EVERY_MS = 25;

/** An orderly client that speaks while others misbehave. */
export type Canary = {
  /** What it measured since the last time it was asked. */
  report(word: CanaryWord): Promise<CanaryReport>;
};

export async function startCanary(
  ground: Ground,
  closers: Closers,
  env: NodeJS.ProcessEnv,
  everyMs = EVERY_MS,
): Promise<Canary> {
  const child = closers.use(runSource("loadtest/src/faults/hostile/canary-process.ts", { core: 1, env, ipc: true }));
  const person = await ground.person();
  const task: CanaryTask = { url: ground.server.url, person, everyMs };
  child.process.send(task);
  await answer(child.process);
  return {
    async report(word) {
      child.process.send(word);
      return (await answer(child.process)) as CanaryReport;
    },
  };
}

const ANSWER_MAX_MS = 30_000;

async function answer(from: NodeJS.EventEmitter): Promise<unknown> {
  const [message] = (await once(from, "message", { signal: AbortSignal.timeout(ANSWER_MAX_MS) })) as [unknown];
  return message;
}
