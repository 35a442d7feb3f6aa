/** Runs pieces of work one after another, in the order given. */
export class Chain {
  #last: Promise<unknown> = Promise.resolve();

  /** Resolves or rejects as `work` does; a failure stops nothing behind it. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}
