import { seededRandom as numbersOf } from "@guildhall/testkit";

/** Numbers that a seed fixes. */
export type Random = {
  /** From 0 up to, not including, 1. */
  next(): number;
  /** A whole number from 0 to `count` − 1. */
  below(count: number): number;
  /** Whether an event of this probability happens. */
  chance(probability: number): boolean;
  /** One of them. @throws RangeError for an empty list. */
  pick<T>(list: readonly T[]): T;
  /** Numbers of their own for a part of the work, fixed by the seed and the name. */
  fork(name: string): Random;
};

/** A new seed. */
export function drawSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}

/** Enough to choose by. */
export function seededRandom(seed: number): Random {
  const random: Random = {
    next: numbersOf(seed),
    below: (count) => Math.floor(random.next() * count),
    chance: (probability) => random.next() < probability,
    pick(list) {
      if (list.length === 0) throw new RangeError("nothing to pick from");
      return list[random.below(list.length)] as (typeof list)[number];
    },
    fork(name) {
      let mixed = seed >>> 0;
      for (const letter of name) mixed = Math.imul(mixed ^ letter.charCodeAt(0), 16_777_619);
      return seededRandom(mixed);
    },
  };
  return random;
}
