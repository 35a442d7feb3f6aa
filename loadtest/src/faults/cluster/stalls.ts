import type { Workload } from "../workload/workload.ts";

/** How long groups were without an answered message. */
export class Stalls {
  /** When a message of the group was last answered, ms of the monotonic clock. */
  readonly #answeredAtMs = new Map<number, number>();
  readonly #longestMs = new Map<number, number>();
  #sinceMs = performance.now();

  constructor(workload: Workload) {
    for (const g of workload.groups) this.#answeredAtMs.set(g, performance.now());
    for (const speaker of workload.speakers) speaker.onAnswered = (g) => this.#answered(g);
  }

  /** Begins anew. */
  begin(): void {
    this.#longestMs.clear();
    this.#sinceMs = performance.now();
  }

  /** Whether every group has had an answer since `sinceMs`. */
  allSince(sinceMs: number): boolean {
    return [...this.#answeredAtMs.values()].every((atMs) => atMs > sinceMs);
  }

  /** The longest time that each group was without an answer since `begin`, ms; one that has none yet counts up to now. */
  get ofGroups(): number[] {
    const nowMs = performance.now();
    return [...this.#answeredAtMs].map(([g, atMs]) =>
      Math.max(this.#longestMs.get(g) ?? 0, nowMs - Math.max(atMs, this.#sinceMs)),
    );
  }

  /** That of the group that waited longest. */
  get longestMs(): number {
    return Math.max(...this.ofGroups);
  }

  #answered(g: number): void {
    const nowMs = performance.now();
    const beforeMs = Math.max(this.#answeredAtMs.get(g) ?? nowMs, this.#sinceMs);
    this.#longestMs.set(g, Math.max(this.#longestMs.get(g) ?? 0, nowMs - beforeMs));
    this.#answeredAtMs.set(g, nowMs);
  }
}
