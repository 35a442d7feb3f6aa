import type { Bus, Subscription } from "@guildhall/bus";
import { errorCodeOf } from "@guildhall/kernel";
import type { HandOver } from "@guildhall/proto";
import type { Log } from "@guildhall/telemetry/log";
import { decodeHandOver, handOverSubject } from "@guildhall/wire";

/** Who takes over after an owner that left does so at once; what was not taken in this time goes, ms. */
const KEEP_MS = 5_000;

/** What owners that left have told, until it is taken. One a partition, at most HAND_OVER_MAX_BYTES each. */
export class HandOvers implements Disposable {
  readonly #log: Log;
  readonly #newest = new Map<number, Uint8Array>();
  readonly #timers = new Map<number, NodeJS.Timeout>();
  #subscriptions: readonly Subscription[] = [];

  constructor(log: Log) {
    this.#log = log;
  }

  /** @throws what the bus throws. */
  async listen(partitions: number, bus: Bus): Promise<void> {
    const all = Array.from({ length: partitions }, (_, p) =>
      bus.subscribe(handOverSubject(p), ({ data }) => this.#keep(p, data)),
    );
    this.#subscriptions = await Promise.all(all);
  }

  /** The newest of a partition, once. */
  take(p: number): HandOver | undefined {
    const bytes = this.#newest.get(p);
    this.#forget(p);
    if (bytes === undefined) return undefined;
    try {
      return decodeHandOver(bytes);
    } catch (error) {
      this.#log.warn("hand_over_unread", { p, outcome: errorCodeOf(error) });
      return undefined;
    }
  }

  [Symbol.dispose](): void {
    for (const subscription of this.#subscriptions) subscription.stop();
    for (const p of this.#newest.keys()) this.#forget(p);
  }

  #keep(p: number, data: Uint8Array): void {
    this.#forget(p);
    this.#newest.set(p, data);
    const timer = setTimeout(() => this.#forget(p), KEEP_MS);
    timer.unref();
    this.#timers.set(p, timer);
  }

  #forget(p: number): void {
    clearTimeout(this.#timers.get(p));
    this.#timers.delete(p);
    this.#newest.delete(p);
  }
}
