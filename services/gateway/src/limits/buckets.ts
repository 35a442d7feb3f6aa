/** `count` in `perMs`, and `burst` at once. A `count` of 0: no limit. */
export type Rate = { readonly count: number; readonly perMs: number; readonly burst: number };

/** What adding up fractions of a millisecond may be off by. */
const ROUNDING_MS = 1e-6;

/**
 * How long until a bucket has a token; 0 when it has one.
 *
 * A bucket is kept as the time it will be full: each token taken moves that back by the time one token
 * needs, and there is a token as long as it is less than `burst` such times away.
 */
export function untilTokenMs({ count, perMs, burst }: Rate, fullAtMs: number, nowMs: number): number {
  if (count === 0) return 0;
  const waitMs = fullAtMs - ((burst - 1) * perMs) / count - nowMs;
  return waitMs > ROUNDING_MS ? waitMs : 0;
}

/** When a bucket will be full after one more token is taken from it. */
export function afterToken({ count, perMs }: Rate, fullAtMs: number, nowMs: number): number {
  return count === 0 ? fullAtMs : Math.max(fullAtMs, nowMs) + perMs / count;
}

/** Buckets by name, all of one rate. One that is full is forgotten; at `max` the oldest is, and begins anew. */
export class Buckets<K> {
  readonly #rate: Rate;
  readonly #max: number;
  readonly #fullAtMs = new Map<K, number>();

  constructor(rate: Rate, max: number) {
    this.#rate = rate;
    this.#max = max;
  }

  get size(): number {
    return this.#fullAtMs.size;
  }

  /** How long until `key` has a token; 0 when it has one. */
  untilTokenMs(key: K, nowMs: number): number {
    const fullAtMs = this.#fullAtMs.get(key);
    return fullAtMs === undefined ? 0 : untilTokenMs(this.#rate, fullAtMs, nowMs);
  }

  /** Takes one, whether it is there or not. */
  take(key: K, nowMs: number): void {
    if (this.#rate.count === 0) return;
    const fullAtMs = this.#fullAtMs.get(key);
    if (fullAtMs === undefined && this.#fullAtMs.size >= this.#max) this.#forgetOldest();
    this.#fullAtMs.set(key, afterToken(this.#rate, fullAtMs ?? nowMs, nowMs));
  }

  /** Forgets the full ones. */
  sweep(nowMs: number): void {
    for (const [key, fullAtMs] of this.#fullAtMs) if (fullAtMs <= nowMs) this.#fullAtMs.delete(key);
  }

  #forgetOldest(): void {
    for (const key of this.#fullAtMs.keys()) {
      this.#fullAtMs.delete(key);
      return;
    }
  }
}
