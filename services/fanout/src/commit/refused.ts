import { isRetryable, nonceKey } from "@guildhall/kernel";
import { seeded } from "@guildhall/kernel/seeded";
import type { Command, Failure } from "@guildhall/proto";

/** Refusals remembered, a partition; each is there by its attempt, and most by their nonce too. At the bound the oldest are forgotten. */
const REFUSED_MAX = 40_000;

/** How long a refusal is remembered of a command without a deadline, ms: longer than its sender tries. */
const KEPT_MS = 30_000;

type Refusal = { readonly failure: Failure; readonly untilMs: number; told: boolean };

/** What of a command says which it is. */
type Named = Pick<Command, "u" | "n" | "at" | "dl">;

/**
 * Commands that were refused, until their deadline: a late copy must not succeed after its sender was told no.
 * A refusal that is no reason to try again holds for every attempt with that nonce: an earlier one may still be on
 * its way, under a name of its own.
 */
export class Refused {
  readonly #refusals = new Map<string, Refusal>();

  find({ u, n, at }: Named): Failure | undefined {
    if (this.#refusals.size === 0) return undefined;
    return (this.#refusals.get(at) ?? this.#refusals.get(commandKey(u, n)))?.failure;
  }

  /** Returns what to call when the sender is told. `nowMs` is monotonic, as deadlines are. */
  remember({ u, n, at, dl }: Named, failure: Failure, nowMs: number): () => void {
    const refusal: Refusal = { failure, untilMs: dl > 0 ? dl : nowMs + KEPT_MS, told: false };
    if (!seeded("rule-9-refusals")) {
      this.#keep(at, refusal);
      if (!isRetryable(failure.code)) this.#keep(commandKey(u, n), refusal);
    }
    return () => {
      refusal.told = true;
    };
  }

  /** The term has ended: what nobody was told may rest on what never came to be. What was told still holds. */
  forgetUntold(): void {
    for (const [key, { told }] of this.#refusals) if (!told) this.#refusals.delete(key);
  }

  sweep(nowMs: number): void {
    for (const [key, { untilMs }] of this.#refusals) if (untilMs < nowMs) this.#refusals.delete(key);
  }

  #keep(key: string, refusal: Refusal): void {
    this.#refusals.set(key, refusal);
    if (this.#refusals.size <= REFUSED_MAX) return;
    const oldest = this.#refusals.keys().next();
    if (oldest.done !== true) this.#refusals.delete(oldest.value);
  }
}

function commandKey(u: number, n: Uint8Array): string {
  return `${u}/${nonceKey(n)}`;
}
