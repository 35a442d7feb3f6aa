import type { Failure } from "@guildhall/proto";

/** Attempts remembered, a term. At the bound the oldest are forgotten. */
const REFUSED_MAX = 20_000;

/**
 * Attempts that were refused, until their deadline: a copy of one that arrives late must not succeed
 * after its sender was told no.
 */
export class Refused {
  readonly #attempts = new Map<string, { failure: Failure; untilMs: number }>();

  find(attempt: string): Failure | undefined {
    return this.#attempts.get(attempt)?.failure;
  }

  remember(attempt: string, failure: Failure, untilMs: number): void {
    this.#attempts.set(attempt, { failure, untilMs });
    if (this.#attempts.size > REFUSED_MAX) {
      const oldest = this.#attempts.keys().next();
      if (oldest.done !== true) this.#attempts.delete(oldest.value);
    }
  }

  sweep(nowMs: number): void {
    for (const [attempt, { untilMs }] of this.#attempts) if (untilMs < nowMs) this.#attempts.delete(attempt);
  }
}
