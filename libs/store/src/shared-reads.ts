type Under<T> = { readonly running: Promise<T>; next: Promise<T> | undefined };

/**
 * Equal reads at the same time share answers. At most two of a kind are under way: one that runs, and one behind it
 * for everybody who came since it began. So an answer is never older than the question: what had been stored by then,
 * by this process or another, is in it.
 */
export class SharedReads<T> {
  readonly #under = new Map<string, Under<T>>();

  /** Kinds of reads under way. */
  get size(): number {
    return this.#under.size;
  }

  has(key: string): boolean {
    return this.#under.has(key);
  }

  /** The answer of `read`, or of an equal one that begins no earlier than now. Rejects as it does. */
  run(key: string, read: () => Promise<T>): Promise<T> {
    const under = this.#under.get(key);
    if (under === undefined) return this.#start(key, read);
    const begin = () => this.#start(key, read);
    under.next ??= under.running.then(begin, begin);
    return under.next;
  }

  #start(key: string, read: () => Promise<T>): Promise<T> {
    const under: Under<T> = { running: read(), next: undefined };
    this.#under.set(key, under);
    return under.running.finally(() => {
      if (under.next === undefined) this.#under.delete(key);
    });
  }
}
