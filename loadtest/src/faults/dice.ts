/** The setting that repeats a run: its seed. */
const SEED = "FAULTS_SEED";

/** Random numbers that one seed repeats. Good for times and choices, not for secrets. */
export class Dice {
  readonly seed: number;
  #state: number;

  constructor(seed: number) {
    this.seed = seed >>> 0;
    this.#state = this.seed;
  }

  /** With the seed of `FAULTS_SEED`, or a new one. @throws Error for a setting that is no number. */
  static from(env: NodeJS.ProcessEnv): Dice {
    const given = env[SEED];
    const seed = given === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(given);
    if (!Number.isSafeInteger(seed)) throw new Error(`${SEED} must be a whole number`);
    return new Dice(seed);
  }

  /** From 0 to below 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number from 0 to below `count`. */
  below(count: number): number {
    return Math.floor(this.next() * count);
  }
}
