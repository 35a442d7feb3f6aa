import { nonceKey } from "@guildhall/kernel";
import { seeded } from "@guildhall/kernel/seeded";
import type { Command, HandedGroup, HandedNonce } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { AHEAD_MAX_MS } from "./leads.ts";

/** What a repeated nonce is answered with. */
export type FirstResult = {
  readonly s: number;
  readonly at: number;
  readonly m: number;
  readonly pv: number;
  /** Of the command, as text. */
  readonly hash: string;
};

/**
 * Nonces kept, an entity: about 250 bytes each. At the bound the oldest are forgotten, down to NONCES_KEPT,
 * and looked up in the timeline when asked for. More than can wait for the store (UNSTORED_MAX_ENTRIES),
 * so that what is forgotten is stored. What a look-up brings stays beyond the bound until the next command is remembered.
 */
export const NONCES_MAX = 200_000;
export const NONCES_KEPT = 150_000;

/** Whose nonces repeat one another: a person's, from whatever connection. */
type Actor = number | string;

/** @see Actor. With the fault built in, those of one connection only. */
export function actorOf({ u, at }: Pick<Command, "u" | "at">): Actor {
  return seeded("rule-8-any-connection") ? at.slice(0, at.indexOf(".")) : u;
}

/**
 * The nonces of one entity, for 24 hours at most. Complete for commands committed at or after
 * `coveredFromMs`; an older one is first looked up in the timeline.
 */
export class Nonces {
  readonly #results = new Map<string, FirstResult>();
  coveredFromMs: number;
  #sweptMs = 0;

  constructor(coveredFromMs: number) {
    this.coveredFromMs = coveredFromMs;
  }

  get size(): number {
    return this.#results.size;
  }

  find(actor: Actor, nonce: Uint8Array): FirstResult | undefined {
    return this.#results.get(`${actor}/${nonceKey(nonce)}`);
  }

  /** Whether a nonce that was not used before `fromMs` is certain to be here if it was ever used. */
  covers(fromMs: number): boolean {
    return seeded("rule-8-nonce-lookup") || fromMs >= this.coveredFromMs;
  }

  /** Takes what was used before, as a look-up found it: whoever looked it up finds it, whatever the bound. */
  restore(actor: Actor, nonce: Uint8Array, result: FirstResult): void {
    this.#results.set(`${actor}/${nonceKey(nonce)}`, result);
  }

  remember(actor: Actor, nonce: Uint8Array, result: FirstResult): void {
    this.restore(actor, nonce, result);
    if (this.#results.size > NONCES_MAX) this.#forgetOldest();
  }

  /** The newest, at most `max` and none used before `sinceMs`. They are all that were used since `fromMs`. */
  newest(sinceMs: number, max: number): { readonly fromMs: number; readonly nonces: readonly HandedNonce[] } {
    const found: HandedNonce[] = [];
    for (const [key, { s, at, m, pv, hash }] of this.#results) if (at >= sinceMs) found.push([key, s, at, m, pv, hash]);
    found.sort(([, , a], [, , b]) => b - a);
    const cutMs = found[max]?.[2] ?? sinceMs - 1;
    return { fromMs: Math.max(cutMs + 1, this.coveredFromMs), nonces: found.slice(0, max) };
  }

  /** Takes what another owner has handed over. */
  adopt({ fromMs, nonces }: Pick<HandedGroup, "fromMs" | "nonces">): void {
    this.coveredFromMs = Math.min(this.coveredFromMs, fromMs);
    if (seeded("rule-8-handed")) return;
    for (const [key, s, at, m, pv, hash] of nonces) this.#results.set(key, { s, at, m, pv, hash });
  }

  /** Forgets what is older than 24 hours, and as much as its nonce may have been ahead. */
  sweep(nowMs: number): void {
    if (nowMs - this.#sweptMs < 60_000) return;
    this.#sweptMs = nowMs;
    const oldest = nowMs - LIMITS.nonceMaxAgeMs - AHEAD_MAX_MS;
    for (const [key, { at }] of this.#results) if (at < oldest) this.#results.delete(key);
  }

  #forgetOldest(): void {
    const times = [...this.#results.values()].map(({ at }) => at).sort((a, b) => a - b);
    const fromMs = times.at(-NONCES_KEPT) ?? 0;
    for (const [key, { at }] of this.#results) if (at < fromMs) this.#results.delete(key);
    this.coveredFromMs = Math.max(this.coveredFromMs, fromMs);
  }
}
