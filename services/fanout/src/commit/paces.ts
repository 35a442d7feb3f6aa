/** People remembered, a term, at about 100 bytes each. At the bound those who spoke longest ago are forgotten: they may speak early. */
const PACES_MAX = 20_000;

/** When people last spoke in lanes where that matters. A term begins without any. */
export class Paces {
  readonly #paces = new Map<string, { readonly atMs: number; readonly untilMs: number }>();

  get size(): number {
    return this.#paces.size;
  }

  /** When `u` last spoke in the lane, ms; 0 when that is not remembered. */
  find(g: number, l: number, u: number): number {
    return this.#paces.get(`${g}/${l}/${u}`)?.atMs ?? 0;
  }

  /** Remembers for at least `forMs` that `u` spoke at `atMs`. */
  remember(g: number, l: number, u: number, atMs: number, forMs: number): void {
    const key = `${g}/${l}/${u}`;
    // Taken out first, so that the order of the map is that of the times.
    this.#paces.delete(key);
    this.#paces.set(key, { atMs, untilMs: atMs + forMs });
    if (this.#paces.size <= PACES_MAX) return;
    const oldest = this.#paces.keys().next();
    if (oldest.done !== true) this.#paces.delete(oldest.value);
  }

  sweep(nowMs: number): void {
    for (const [key, { untilMs }] of this.#paces) if (untilMs < nowMs) this.#paces.delete(key);
  }
}
