import type { Clock } from "@guildhall/kernel";
import { LEASE_TTL_MS, type Leases } from "@guildhall/lease";
import type { Voice } from "../commit/records.ts";

/** The right to speak ends this long before the lease does, ms. */
const SPEAK_MARGIN_MS = 500;

/**
 * This process's hold on one name, once. Beside whether it is held, it says whether its holder may speak without
 * asking the journal: only as long as nobody else can have had the name meanwhile. A process that was paused, or cut
 * off from the leases, finds that it may not, and proves by an append that it still owns.
 */
export class Tenure implements Voice {
  readonly name: string;
  readonly #leases: Leases;
  readonly #clock: Clock;
  #holding: Promise<boolean> | undefined;
  /** When the newest successful renewal was sent. */
  #sentMs = Number.NEGATIVE_INFINITY;
  /** The name may have been somebody else's before this moment: what is sent to the journal after it is proof. */
  #provenFromMs: number | undefined;
  #over = false;

  constructor(name: string, leases: Leases, clock: Clock) {
    this.name = name;
    this.#leases = leases;
    this.#clock = clock;
  }

  /** Somebody else has the name, or it was released. */
  get over(): boolean {
    return this.#over;
  }

  speaks(): boolean {
    if (this.#over || this.#provenFromMs !== undefined) return false;
    return this.#clock.monotonicMs() < this.#sentMs + LEASE_TTL_MS - SPEAK_MARGIN_MS;
  }

  proved(sentMs: number): void {
    if (this.#provenFromMs !== undefined && sentMs >= this.#provenFromMs) this.#provenFromMs = undefined;
  }

  /**
   * Takes the name or prolongs it. False: somebody else has it, and this tenure is over for good.
   * @throws AppError `UNAVAILABLE` when it cannot be known: nothing is given up because of that.
   */
  hold(): Promise<boolean> {
    this.#holding ??= this.#hold().finally(() => {
      this.#holding = undefined;
    });
    return this.#holding;
  }

  /** Gives the name up. @throws AppError `UNAVAILABLE`: the lease then ends by itself. */
  async release(): Promise<void> {
    this.#over = true;
    // A renewal on its way would take the name again.
    await this.#holding?.catch(() => {});
    await this.#leases.release(this.name);
  }

  async #hold(): Promise<boolean> {
    if (this.#over) return false;
    const sentMs = this.#clock.monotonicMs();
    const lapsesMs = this.#sentMs + LEASE_TTL_MS;
    if (!(await this.#leases.hold(this.name))) this.#over = true;
    if (this.#over) return false;
    const first = this.#sentMs === Number.NEGATIVE_INFINITY;
    if (!first && this.#clock.monotonicMs() >= lapsesMs) this.#provenFromMs = sentMs;
    this.#sentMs = sentMs;
    return true;
  }
}
