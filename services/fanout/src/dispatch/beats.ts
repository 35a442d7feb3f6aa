/** What all partitions of a process say at the same intervals, from one timer: one each would wake the process as often. */
export class Beats {
  readonly #everyMs: number;
  readonly #says = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;

  constructor(everyMs: number) {
    this.#everyMs = everyMs;
  }

  /** Calls `say`, which must not throw, at every beat; the first comes within one interval. Returns what ends it. */
  join(say: () => void): () => void {
    this.#says.add(say);
    this.#timer ??= setInterval(() => {
      for (const each of this.#says) each();
    }, this.#everyMs);
    return () => {
      this.#says.delete(say);
      if (this.#says.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }
}
