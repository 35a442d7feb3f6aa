import { seededRandom } from "@guildhall/testkit";

/** Numbers that follow from a seed alone. Enough for choices, not for secrets. */
export class Random {
  /** From 0 up to, but not, 1. */
  readonly next: () => number;

  constructor(seed: number) {
    this.next = seededRandom(seed ^ 0x9e37_79b9);
    // The first numbers of neighbouring seeds are alike.
    for (let i = 0; i < 8; i++) this.next();
  }

  /** From `low` up to, but not, `high`. */
  between(low: number, high: number): number {
    return low + (high - low) * this.next();
  }

  /** A whole number from 0 to `below` − 1. */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  chance(share: number): boolean {
    return this.next() < share;
  }

  pick<T>(from: readonly T[]): T | undefined {
    return from[this.below(from.length)];
  }

  fill(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length; i++) bytes[i] = this.below(256);
  }
}
