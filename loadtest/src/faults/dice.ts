import { seededRandom } from "@guildhall/testkit";

/** The setting that repeats a run: its seed. */
const SEED = "FAULTS_SEED";

/** Random numbers that one seed repeats. Good for times and choices, not for secrets. */
export class Dice {
  readonly seed: number;
  /** From 0 to below 1. */
  readonly next: () => number;

  constructor(seed: number) {
    this.seed = seed >>> 0;
    this.next = seededRandom(this.seed);
  }

  /** With the seed of `FAULTS_SEED`, or a new one. @throws Error for a setting that is no number. */
  static from(env: NodeJS.ProcessEnv): Dice {
    const given = env[SEED];
    const seed = given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given);
    if (!Number.isSafeInteger(seed)) throw new Error(`${SEED} must be a whole number`);
    return new Dice(seed);
  }

  /** A whole number from 0 to below `count`. */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }
}
