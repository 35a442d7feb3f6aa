/**
 * Partitions of a process that hold a page at a time: one alone waits for the store more than it works, and all that
 * come back with the store doubled the memory of their process.
 */
const AT_ONCE = 2;

/** Pages that are read from the journal again, in the order they came: as many wait as there are partitions. */
export class Turns {
  readonly #lanes: Promise<unknown>[] = Array.from({ length: AT_ONCE }, () => Promise.resolve());
  #count = 0;

  /** Runs `work` when what came AT_ONCE before it has ended, well or not. @throws what `work` throws. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const lane = this.#count++ % AT_ONCE;
    const mine = (this.#lanes[lane] ?? Promise.resolve()).then(work);
    this.#lanes[lane] = mine.catch(() => undefined);
    return mine;
  }
}
