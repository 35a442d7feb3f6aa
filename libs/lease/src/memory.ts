import { AppError, type Clock } from "@guildhall/kernel";
import { LEASE_TTL_MS, type Leases } from "./lease.ts";

type Row = { readonly holder: string; readonly untilMs: number };

/** Leases within one process: every holder's view of the same table. */
export class MemoryLeases {
  readonly #clock: Clock;
  readonly #rows = new Map<string, Row>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  as(holder: string): Leases {
    let closed = false;
    const checkOpen = (): void => {
      if (closed) throw new AppError("UNAVAILABLE", "the leases are closed");
    };
    const live = (name: string): Row | undefined => {
      checkOpen();
      const row = this.#rows.get(name);
      if (row !== undefined && row.untilMs > this.#clock.monotonicMs()) return row;
      this.#rows.delete(name);
      return undefined;
    };
    return {
      holder,
      hold: async (name) => {
        if ((live(name)?.holder ?? holder) !== holder) return false;
        this.#rows.set(name, { holder, untilMs: this.#clock.monotonicMs() + LEASE_TTL_MS });
        return true;
      },
      release: async (name) => {
        if (live(name)?.holder === holder) this.#rows.delete(name);
      },
      held: async () => {
        checkOpen();
        const held = new Map<string, string>();
        for (const name of this.#rows.keys()) {
          const row = live(name);
          if (row !== undefined) held.set(name, row.holder);
        }
        return held;
      },
      [Symbol.asyncDispose]: async () => {
        closed = true;
      },
    };
  }
}
