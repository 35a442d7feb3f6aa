import { AppError, type Clock } from "@guildhall/kernel";
import { LEASE_TTL_MS, type Leases } from "./lease.ts";

/** `holder` undefined: it was given up. The row of a name stays, so that it is known when it ended. */
type Row = { readonly holder: string | undefined; readonly untilMs: number };

/** Leases within one process: every holder's view of the same table. Names are few and stay. */
export class MemoryLeases {
  readonly #clock: Clock;
  readonly #rows = new Map<string, Row>();
  readonly #listeners = new Map<string, (name: string) => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  as(holder: string): Leases {
    let closed = false;
    const checkOpen = (): void => {
      if (closed) throw new AppError("UNAVAILABLE", "the leases are closed");
    };
    const holderOf = (name: string): string | undefined => {
      const row = this.#rows.get(name);
      return row !== undefined && row.untilMs > this.#clock.monotonicMs() ? row.holder : undefined;
    };
    return {
      holder,
      hold: async (name) => {
        checkOpen();
        if ((holderOf(name) ?? holder) !== holder) return false;
        this.#rows.set(name, { holder, untilMs: this.#clock.monotonicMs() + LEASE_TTL_MS });
        return true;
      },
      release: async (name) => {
        checkOpen();
        if (holderOf(name) !== holder) return;
        this.#rows.set(name, { holder: undefined, untilMs: 0 });
        for (const [other, then] of this.#listeners) if (other !== holder) queueMicrotask(() => then(name));
      },
      held: async () => {
        checkOpen();
        const held = new Map<string, string>();
        for (const name of this.#rows.keys()) {
          const by = holderOf(name);
          if (by !== undefined) held.set(name, by);
        }
        return held;
      },
      freeForMs: (name) => {
        const row = this.#rows.get(name);
        if (row?.holder === undefined) return Number.POSITIVE_INFINITY;
        return Math.max(0, this.#clock.monotonicMs() - row.untilMs);
      },
      onReleased: (then) => {
        checkOpen();
        this.#listeners.set(holder, then);
      },
      [Symbol.asyncDispose]: async () => {
        closed = true;
        this.#listeners.delete(holder);
      },
    };
  }
}
