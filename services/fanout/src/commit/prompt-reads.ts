import { AppError, type Clock } from "@guildhall/kernel";
import type { Store } from "@guildhall/store";

/** A read is given up when the store has answered nobody for so long since it was begun, ms. */
const SILENT_MAX_MS = 2_000;
/** The same while the store is known to be away: long enough to find out that it is back. */
const AWAY_MAX_MS = 250;
const RETRY_MS = 500;

export type Reads = Pick<Store, "get" | "scan">;

/**
 * One store with two manners. `patient` is the store as it is. The reads of `prompt` are given up early where it does
 * not answer: commands wait behind them, which may need nothing of the store.
 */
export class PromptReads {
  readonly patient: Store;
  readonly prompt: Reads;
  readonly #clock: Clock;
  /** When it last answered anybody. */
  #answeredMs = Number.NEGATIVE_INFINITY;
  /** Since it last answered, a call has failed or was given up. */
  #away = false;

  constructor(store: Store, clock: Clock) {
    this.#clock = clock;
    this.patient = {
      get: (...args) => this.#seen(store.get(...args)),
      scan: (...args) => this.#seen(store.scan(...args)),
      partitionKeys: (...args) => this.#seen(store.partitionKeys(...args)),
      write: (writes) => this.#seen(store.write(writes)),
      flush: () => store.flush(),
      [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
    };
    this.prompt = {
      get: (...args) => this.#promptly(this.patient.get(...args)),
      scan: (...args) => this.#promptly(this.patient.scan(...args)),
    };
  }

  async #seen<T>(call: Promise<T>): Promise<T> {
    try {
      const answer = await call;
      this.#answered();
      return answer;
    } catch (error) {
      if (error instanceof AppError && error.code === "UNAVAILABLE") this.#away = true;
      else this.#answered();
      throw error;
    }
  }

  #answered(): void {
    this.#away = false;
    this.#answeredMs = this.#clock.monotonicMs();
  }

  /** @throws AppError `UNAVAILABLE` where the store is silent; and what the read throws. */
  #promptly<T>(read: Promise<T>): Promise<T> {
    const begunMs = this.#clock.monotonicMs();
    return new Promise((resolve, reject) => {
      let timer: NodeJS.Timeout | undefined;
      const look = (): void => {
        const silentMs = this.#clock.monotonicMs() - Math.max(begunMs, this.#answeredMs);
        const leftMs = (this.#away ? AWAY_MAX_MS : SILENT_MAX_MS) - silentMs;
        if (leftMs > 0) timer = setTimeout(look, leftMs);
        else {
          this.#away = true;
          reject(new AppError("UNAVAILABLE", "the store is silent", { retryAfterMs: RETRY_MS }));
        }
      };
      look();
      read.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }
}
