/** Additions between two sweeps, at least. */
const SWEEP_EVERY_MIN = 1_024;

type Expiring<V> = { readonly value: V; readonly untilMs: number };

/**
 * A map whose entries end by themselves. It is swept after as many calls of `set` as it has entries, so that
 * a `set` costs the same however many there are, and what has ended goes. Holding `max` entries, it
 * forgets the hundredth part of them that was set longest ago.
 */
export class ExpiringMap<K, V> {
  readonly #max: number;
  readonly #entries = new Map<K, Expiring<V>>();
  #setsToSweep = SWEEP_EVERY_MIN;

  constructor(max: number) {
    this.#max = max;
  }

  /** Entries held, ended ones included until the next sweep. */
  get size(): number {
    return this.#entries.size;
  }

  get(key: K, nowMs: number): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.untilMs > nowMs) return entry.value;
    this.#entries.delete(key);
    return undefined;
  }

  set(key: K, value: V, untilMs: number, nowMs: number): void {
    this.#entries.delete(key);
    if (--this.#setsToSweep <= 0) this.#sweep(nowMs);
    if (this.#entries.size >= this.#max) this.#forgetFirst();
    this.#entries.set(key, { value, untilMs });
  }

  delete(key: K): void {
    this.#entries.delete(key);
  }

  clear(): void {
    this.#entries.clear();
  }

  #sweep(nowMs: number): void {
    for (const [key, { untilMs }] of this.#entries) if (untilMs <= nowMs) this.#entries.delete(key);
    this.#setsToSweep = Math.max(SWEEP_EVERY_MIN, this.#entries.size);
  }

  /** Many at once: a Map steps over what was deleted from its front each time it is read from there. */
  #forgetFirst(): void {
    let left = Math.ceil(this.#max / 100);
    for (const key of this.#entries.keys()) {
      if (left-- === 0) return;
      this.#entries.delete(key);
    }
  }
}
