/**
 * One after another, in the order they came: as many wait as there are partitions. Pages that are read from the journal
 * again are held by one partition of a process at a time, and not by all that come back with the store.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when all before it has ended, well or not. @throws what `work` throws. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}
