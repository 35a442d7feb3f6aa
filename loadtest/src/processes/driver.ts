import type { CrowdPlan, FromDriver, Pace, RoundResult, ToDriver } from "../driver/messages.ts";
import { type ChildOptions, runSource } from "./child.ts";

/** Connecting and joining thousands on a busy machine. */
const SETUP_MAX_MS = 180_000;
/** What a round may take beyond its seconds: the drain. */
const ROUND_EXTRA_MS = 60_000;

export type OnProgress = (messages: number, delivered: number) => void;

/** A crowd in a process of its own. */
export type DriverProcess = AsyncDisposable & {
  /** Resolves with the ids of the groups. @throws Error with what the driver says went wrong. */
  setUp(plan: CrowdPlan): Promise<readonly number[]>;
  round(pace: Pace, onProgress: OnProgress): Promise<RoundResult>;
};

/** Starts a driver on its core. */
export function startDriver(options: Omit<ChildOptions, "ipc">): DriverProcess {
  const child = runSource("loadtest/src/driver/entry.ts", { ...options, ipc: true });
  child.process.stdout?.on("data", (text: Buffer) => process.stderr.write(text));

  /** Sends one request and waits for the message that ends it. */
  function request<T>(
    message: ToDriver,
    timeoutMs: number,
    onMessage: (from: FromDriver) => T | undefined,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        child.process.off("message", take);
        child.process.off("exit", gone);
        act();
      };
      const take = (from: FromDriver): void => {
        if (from.kind === "failed") settle(() => reject(new Error(`driver: ${from.why}`)));
        const result = onMessage(from);
        if (result !== undefined) settle(() => resolve(result));
      };
      const gone = (): void => settle(() => reject(new Error("a driver ended by itself")));
      const timer = setTimeout(() => settle(() => reject(new Error("a driver did not answer in time"))), timeoutMs);
      child.process.on("message", take);
      child.process.on("exit", gone);
      child.process.send(message);
    });
  }

  return {
    setUp: (plan) =>
      request({ kind: "setup", plan }, SETUP_MAX_MS, (from) => (from.kind === "ready" ? from.groups : undefined)),
    round: ({ seconds, rate }, onProgress) =>
      request({ kind: "round", seconds, rate }, seconds * 1_000 + ROUND_EXTRA_MS, (from) => {
        if (from.kind === "progress") onProgress(from.messages, from.delivered);
        return from.kind === "result" ? from.result : undefined;
      }),
    [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
  };
}
