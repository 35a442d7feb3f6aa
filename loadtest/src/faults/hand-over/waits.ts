import type { Workload } from "../workload/workload.ts";

/** How long messages waited for their answer, those that were refused and repeated meanwhile included. */
export class Waits {
  readonly #longestMs = new Map<number, number>();
  readonly #groups: readonly number[];

  constructor({ groups, speakers }: Pick<Workload, "groups" | "speakers">) {
    this.#groups = groups;
    for (const speaker of speakers)
      speaker.onAnswered = (g, tookMs) => this.#longestMs.set(g, Math.max(this.#longestMs.get(g) ?? 0, tookMs));
  }

  /** The longest of each group since this was asked last, ms; a group without an answer counts as one that waited forever. */
  take(): number[] {
    const longest = this.#groups.map((g) => this.#longestMs.get(g) ?? Number.POSITIVE_INFINITY);
    this.#longestMs.clear();
    return longest;
  }
}
