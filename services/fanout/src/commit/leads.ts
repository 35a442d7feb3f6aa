import { seeded } from "@guildhall/kernel/seeded";
import type { Lead } from "@guildhall/proto";
import { CLOCKS_APART_MAX_MS, LIMITS } from "@guildhall/proto/tables";

/** A nonce that was far ahead counts for so long, and at most twice as long, ms. */
const WINDOW_MS = 10 * 60_000;
/** A nonce is ahead of an owner's clock by no more than this: a gateway has held it against its own, which may be ahead. */
export const AHEAD_MAX_MS = LIMITS.nonceSkewMs + CLOCKS_APART_MAX_MS;

type Window = { ms: number; readonly begunMs: number; readonly sinceMs: number };

/**
 * How far nonces were ahead of their commands' commit of late. A nonce may be made minutes ahead of our clock, so one
 * that comes now may have been used minutes ago; but as long as all were made by clocks that are right, it can
 * only have been used a moment ago, and that is all an owner has to look through. Each record tells it to the next owner.
 */
export class Leads {
  #older: Window;
  #newer: Window;

  /** `found`: what the newest record says; without it nothing is known of what was before. */
  constructor(found: Lead | undefined, nowMs: number) {
    this.#newer = windowFrom(nowMs);
    this.#older = found === undefined ? this.#newer : { ...found, begunMs: nowMs };
  }

  /** As of now: goes into the next record. */
  get lead(): Lead {
    return { ms: Math.max(this.#older.ms, this.#newer.ms), sinceMs: this.#older.sinceMs };
  }

  /** A command with a nonce of `nonceMs` is committed at `atMs`. */
  note(nonceMs: number, atMs: number): void {
    if (atMs - this.#newer.begunMs > WINDOW_MS) {
      this.#older = this.#newer;
      this.#newer = windowFrom(atMs);
    }
    this.#newer.ms = Math.max(this.#newer.ms, nonceMs - atMs);
  }

  /** A nonce of `nonceMs` has not been used before this time. */
  earliest(nonceMs: number): number {
    if (seeded("rule-8-leads")) return nonceMs;
    const surelyMs = nonceMs - AHEAD_MAX_MS;
    const { ms, sinceMs } = this.lead;
    return surelyMs >= sinceMs ? nonceMs - Math.min(ms, AHEAD_MAX_MS) : surelyMs;
  }
}

/** What was committed before now has a time before `sinceMs`: owners' clocks differ. */
function windowFrom(nowMs: number): Window {
  return { ms: 0, begunMs: nowMs, sinceMs: nowMs + CLOCKS_APART_MAX_MS };
}
