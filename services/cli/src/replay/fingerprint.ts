import type { Event } from "@guildhall/proto";

/** Multipliers of the two halves, odd and unlike: those of Knuth's multiplicative hash and of L'Ecuyer's table. */
const HIGH = 2_654_435_761;
const LOW = 1_597_334_677;

/**
 * A rolling hash of a run of events, 64 bits: equal runs have equal values, and any difference, also in the order,
 * shows but for one chance in 2^64. It guards against mistakes, not against attacks.
 */
export class Fingerprint {
  #high = 0x9e37_79b9;
  #low = 0x85eb_ca6b;

  /** Takes in the next event as `canonical` gives it. */
  add(text: string): void {
    let high = this.#high;
    let low = this.#low;
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      high = Math.imul(high ^ unit, HIGH);
      low = Math.imul(low ^ unit, LOW);
    }
    // The halves' upper bits move down and into each other, so that no change stays in few bits.
    this.#high = Math.imul(high ^ (high >>> 15) ^ (low >>> 13), HIGH);
    this.#low = Math.imul(low ^ (low >>> 16) ^ (high >>> 11), LOW);
  }

  get value(): string {
    return `${(this.#high >>> 0).toString(16)}-${(this.#low >>> 0).toString(16)}`;
  }
}

/** What must be the same of an event for everybody: seq, kind, author and content, one text for one meaning. */
export function canonical({ s, k, u, b }: Event): string {
  return `${s} ${k} ${u} ${contentOf(b)}`;
}

function contentOf(body: unknown): string {
  if (typeof body !== "object" || body === null) return JSON.stringify(body) ?? "";
  const fields = Object.entries(body);
  if (fields.length > 1) fields.sort(([one], [other]) => (one < other ? -1 : 1));
  return JSON.stringify(fields);
}
