import { sleep } from "./clock.ts";
import { AppError } from "./errors.ts";

const TRY_EVERY_MS = 500;

/**
 * Does what a start needs of a server that may still be busy with its own: again while it is `UNAVAILABLE`, for
 * `maxMs` at most. Only for what may be done any number of times.
 * @throws what the last try threw, and anything else at once.
 */
export async function untilAvailable<T>(work: () => Promise<T>, maxMs: number): Promise<T> {
  const endMs = performance.now() + maxMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const passes = error instanceof AppError && error.code === "UNAVAILABLE";
      if (!passes || performance.now() >= endMs) throw error;
    }
    await sleep(TRY_EVERY_MS);
  }
}
