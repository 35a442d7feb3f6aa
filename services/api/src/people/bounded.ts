import { AppError } from "@guildhall/kernel";

export type Bounded = {
  /** Runs `work` when its turn comes, in the order asked. @throws AppError `UNAVAILABLE` when too many wait. */
  run<T>(work: () => Promise<T>): Promise<T>;
  waiting(): number;
};

/** Lets `runningMax` run at once and `waitingMax` wait; who comes then is refused. */
export function bounded(runningMax: number, waitingMax: number, retryAfterMs: number): Bounded {
  const waiting: (() => void)[] = [];
  let running = 0;

  async function turn(): Promise<void> {
    if (running < runningMax) {
      running++;
      return;
    }
    if (waiting.length >= waitingMax) throw new AppError("UNAVAILABLE", `${waitingMax} wait`, { retryAfterMs });
    // The one that ends hands its place over, so `running` stays as it is.
    await new Promise<void>((resolve) => waiting.push(resolve));
  }

  function done(): void {
    const next = waiting.shift();
    if (next === undefined) running--;
    else next();
  }

  return {
    async run(work) {
      await turn();
      try {
        return await work();
      } finally {
        done();
      }
    },
    waiting: () => waiting.length,
  };
}
