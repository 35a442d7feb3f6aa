type Source = Readonly<Record<string, string | undefined>>;

type Range = { readonly min: number; readonly max: number };

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ["1", true],
  ["true", true],
  ["0", false],
  ["false", false],
]);

const NONE = "none";

/** What stands between the commas of `text`, without spaces round it and without what is empty. */
export function itemsOf(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

/**
 * Reads one process's settings and gathers every mistake, so that an operator
 * mends them all in one go rather than one a restart.
 */
export class Env {
  readonly #source: Source;
  readonly #mistakes: string[] = [];

  constructor(source: Source) {
    this.#source = source;
  }

  /** Text that is not empty. */
  text(name: string, fallback?: string): string {
    const value = this.#source[name] ?? fallback;
    if (value === undefined || value === "") this.#mistakes.push(`${name} is not set`);
    return value ?? "";
  }

  /** Text, or undefined for `none`, which is the default. */
  optional(name: string): string | undefined {
    const value = this.text(name, NONE);
    return value === NONE ? undefined : value;
  }

  /** Items with commas between. */
  list(name: string, fallback: string): string[] {
    return itemsOf(this.text(name, fallback));
  }

  /** A whole number within `range`, both ends included. The unit belongs in `name`. */
  int(name: string, fallback: number, range: Range): number {
    const value = this.#source[name] ?? String(fallback);
    const number = /^-?\d+$/.test(value) ? Number(value) : Number.NaN;
    if (!Number.isSafeInteger(number) || number < range.min || number > range.max) {
      this.#mistakes.push(`${name} must be a whole number from ${range.min} to ${range.max}`);
    }
    return number;
  }

  /** Whether something is on: 1 or true, 0 or false. */
  flag(name: string, fallback: boolean): boolean {
    const value = this.#source[name];
    if (value === undefined) return fallback;
    const flag = FLAGS.get(value);
    if (flag === undefined) this.#mistakes.push(`${name} must be 1, true, 0 or false`);
    return flag ?? fallback;
  }

  /** One of `choices`. */
  choice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const value = this.#source[name] ?? fallback;
    const found = choices.find((choice) => choice === value);
    if (found === undefined) this.#mistakes.push(`${name} must be ${choices.join(" or ")}`);
    return found ?? fallback;
  }

  /** Enters a mistake that only several settings together show. */
  mistake(text: string): void {
    this.#mistakes.push(text);
  }

  /** Call last. @throws Error naming every setting that is wrong. */
  done(): void {
    if (this.#mistakes.length > 0) {
      throw new Error(`bad settings:\n  ${this.#mistakes.join("\n  ")}`);
    }
  }
}
