import { AppError, partitionOf } from "@guildhall/kernel";
import type { OwnerClient } from "@guildhall/owner";
import { DEVICES_CHECK_MAX, type DevicesCheck } from "@guildhall/proto";
import { isOfSignIn } from "@guildhall/token";

/** Checks that wait, a partition. Beyond it a check is refused UNAVAILABLE. */
const WAITING_MAX = 20_000;
/** An answer that takes longer is a failed check: less than a client's time to say hello. */
export const CHECK_TIMEOUT_MS = 3_000;
const RETRY_AFTER_MS = 1_000;

/** Plain numbers, read when the metrics are. */
export type CheckCounts = { checksFailed: number };

/** What a token says of its sign-in. */
export type SignIn = { readonly u: number; readonly dev: string; readonly exp: number };

type Waiting = SignIn & { readonly resolve: (live: boolean) => void; readonly reject: (error: unknown) => void };

/**
 * Asks the owners of people whether sign-ins have ended. What is asked in the same turn, or while a question is
 * under way, goes into one: at most DEVICES_CHECK_MAX at a time, one question a partition at a time.
 */
export class DeviceChecks {
  readonly #owner: Pick<OwnerClient, "ask">;
  readonly #counts: CheckCounts;
  readonly #waiting: Waiting[][];
  readonly #running = new Set<number>();

  constructor(owner: Pick<OwnerClient, "ask">, partitions: number, counts: CheckCounts) {
    this.#owner = owner;
    this.#counts = counts;
    this.#waiting = Array.from({ length: partitions }, () => []);
  }

  /**
   * Whether the sign-in a token was given for still holds: also not where the device has been signed in on anew.
   * @throws AppError `UNAVAILABLE` when its owner does not say so in time.
   */
  live({ u, dev, exp }: SignIn): Promise<boolean> {
    const p = partitionOf(u, this.#waiting.length);
    const waiting = this.#waiting[p] ?? [];
    if (waiting.length >= WAITING_MAX) {
      return Promise.reject(new AppError("UNAVAILABLE", "too many checks", { retryAfterMs: RETRY_AFTER_MS }));
    }
    return new Promise((resolve, reject) => {
      waiting.push({ u, dev, exp, resolve, reject });
      if (this.#running.has(p)) return;
      this.#running.add(p);
      // Never rejects: a question that fails is told to those who wait for it.
      setImmediate(() => void this.#run(p, waiting));
    });
  }

  async #run(p: number, waiting: Waiting[]): Promise<void> {
    while (waiting.length > 0) await this.#ask(waiting.splice(0, DEVICES_CHECK_MAX));
    this.#running.delete(p);
  }

  async #ask(batch: readonly Waiting[]): Promise<void> {
    try {
      const d = batch.map(({ u, dev }) => [u, dev]);
      const { at } = (await this.#owner.ask(batch[0]?.u ?? 0, 0, "devices.check", { d })) as DevicesCheck;
      for (const [i, one] of batch.entries()) one.resolve(isOfSignIn(one, at[i] ?? 0));
    } catch (cause) {
      this.#counts.checksFailed += batch.length;
      const error = new AppError("UNAVAILABLE", "no answer about sign-ins", { retryAfterMs: RETRY_AFTER_MS, cause });
      for (const { reject } of batch) reject(error);
    }
  }
}
