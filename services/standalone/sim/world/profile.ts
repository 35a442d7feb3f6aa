import type { Random } from "./random.ts";

/** How much goes wrong in one simulation, as shares of what could. After `healMs` nothing does. */
export type Profile = {
  readonly healMs: number;
  /** Of news: lost, doubled, and late enough to be overtaken. */
  readonly newsLost: number;
  readonly newsDoubled: number;
  readonly newsLate: number;
  readonly beaconLost: number;
  /** Of questions and commands: lost on the way, answer lost or late, a second copy, and late. */
  readonly askLost: number;
  readonly answerLost: number;
  readonly answerLate: number;
  readonly askDoubled: number;
  readonly askLate: number;
  /** Of appends: refused, landing after they were given up, landing without an answer, slow. */
  readonly appendRefused: number;
  readonly appendLate: number;
  readonly appendUnanswered: number;
  readonly appendSlow: number;
  /** Of writes to the store: failed, done without an answer, slow; and of reads that fail. */
  readonly storeFailed: number;
  readonly storeUnanswered: number;
  readonly storeSlow: number;
  readonly readFailed: number;
  /** Of the records that an owner looks at to tell others of them: it is paused there, and replaced. */
  readonly relayPaused: number;
  /** Between two accidents, ms on average. */
  readonly accidentEveryMs: number;
};

/** Some seeds have one kind of trouble, some several: each kind is there in about a third of them. */
export function profileOf(random: Random): Profile {
  const share = (most: number): number => (random.chance(0.35) ? random.between(most / 10, most) : 0);
  return {
    healMs: random.between(4_000, 8_000),
    newsLost: share(0.4),
    newsDoubled: share(0.3),
    newsLate: share(0.3),
    beaconLost: share(0.5),
    askLost: share(0.08),
    answerLost: share(0.1),
    answerLate: share(0.3),
    askDoubled: share(0.3),
    askLate: share(0.1),
    appendRefused: share(0.15),
    appendLate: share(0.04),
    appendUnanswered: share(0.06),
    appendSlow: share(0.3),
    storeFailed: share(0.5),
    storeUnanswered: share(0.3),
    storeSlow: share(0.5),
    readFailed: share(0.1),
    relayPaused: share(0.6),
    accidentEveryMs: random.between(700, 3_500),
  };
}
