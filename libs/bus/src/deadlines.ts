/** A timer may fire this much before its time, ms. */
const EARLY_MS = 1;

type Row<T> = { readonly endsAtMs: Map<T, number>; timer: ReturnType<typeof setTimeout> | undefined };

/**
 * Things that each end after a time of their own unless they are taken out before, as most are: there is one timer
 * for all that were given the same time, not one each. As many of those as different times, which are constants.
 */
export class Deadlines<T> {
  readonly #ended: (thing: T, timeoutMs: number) => void;
  readonly #rows = new Map<number, Row<T>>();

  constructor(ended: (thing: T, timeoutMs: number) => void) {
    this.#ended = ended;
  }

  add(thing: T, timeoutMs: number): void {
    let row = this.#rows.get(timeoutMs);
    if (row === undefined) {
      row = { endsAtMs: new Map(), timer: undefined };
      this.#rows.set(timeoutMs, row);
    }
    row.endsAtMs.set(thing, performance.now() + timeoutMs);
    if (row.timer === undefined) this.#watch(row, timeoutMs, timeoutMs);
  }

  /** Whether it had not ended yet. */
  delete(thing: T, timeoutMs: number): boolean {
    return this.#rows.get(timeoutMs)?.endsAtMs.delete(thing) ?? false;
  }

  has(thing: T, timeoutMs: number): boolean {
    return this.#rows.get(timeoutMs)?.endsAtMs.has(thing) ?? false;
  }

  /** Takes out all of them. */
  clear(): T[] {
    const left: T[] = [];
    for (const { endsAtMs, timer } of this.#rows.values()) {
      clearTimeout(timer);
      left.push(...endsAtMs.keys());
    }
    this.#rows.clear();
    return left;
  }

  #watch(row: Row<T>, timeoutMs: number, afterMs: number): void {
    row.timer = setTimeout(() => this.#look(row, timeoutMs), afterMs);
  }

  /** The first in the map ends first. Without any the row goes, so that nothing keeps the process running. */
  #look(row: Row<T>, timeoutMs: number): void {
    const nowMs = performance.now() + EARLY_MS;
    for (const [thing, endsAtMs] of row.endsAtMs) {
      if (endsAtMs > nowMs) return this.#watch(row, timeoutMs, endsAtMs - nowMs + EARLY_MS);
      row.endsAtMs.delete(thing);
      this.#ended(thing, timeoutMs);
    }
    this.#rows.delete(timeoutMs);
  }
}
