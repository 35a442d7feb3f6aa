import type { Clock } from "@guildhall/kernel";

/** How long an answer is remembered. News and facts take milliseconds; if not, they are asked for. */
const KEPT_MS = 10_000;
/** Groups remembered. Beyond it the one answered first is forgotten. */
const GROUPS_MAX = 20_000;

type Floor = { readonly pv: number; readonly untilMs: number };

/**
 * Permission versions that this gateway has answered a command with and may not have been told of by the lane yet:
 * whoever was answered that they are a member is not refused as a stranger.
 */
export class Floors {
  readonly #clock: Clock;
  readonly #floors = new Map<number, Floor>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A command made version `pv` of the group. */
  raise(g: number, pv: number): void {
    const floor = Math.max(pv, this.of(g));
    // At the end again, so that the first is the one answered first.
    this.#floors.delete(g);
    this.#floors.set(g, { pv: floor, untilMs: this.#clock.monotonicMs() + KEPT_MS });
    if (this.#floors.size <= GROUPS_MAX) return;
    const [first] = this.#floors.keys();
    if (first !== undefined) this.#floors.delete(first);
  }

  /** The version below which nothing may be decided any more; 0: any will do. */
  of(g: number): number {
    const floor = this.#floors.get(g);
    if (floor === undefined) return 0;
    if (floor.untilMs > this.#clock.monotonicMs()) return floor.pv;
    this.#floors.delete(g);
    return 0;
  }
}
