import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "@guildhall/kernel";
import { LIMITS } from "@guildhall/proto/tables";

/** Crockford's base 32: without I, L, O and U, which are read as other characters or as words. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/** 12 characters of 5 bits: 60 bits. */
const CHARS = 12;
const GROUP = 4;
const WRONG_MAX = 5;
const INPUT_MAX_CHARS = 64;

/** A code that holds once, for LIMITS.operatorCodeMs, and ends at the fifth wrong try. */
export class OneTimeCode {
  readonly #clock: Clock;
  readonly #endsAtMs: number;
  #text: string | undefined;
  #wrong = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#endsAtMs = clock.monotonicMs() + LIMITS.operatorCodeMs;
    this.#text = makeCode();
  }

  /** The code while it holds. */
  get text(): string | undefined {
    if (this.#clock.monotonicMs() >= this.#endsAtMs) this.#text = undefined;
    return this.#text;
  }

  /** Whether `input` is the code. Case, spaces, dashes and look-alikes do not matter. A wrong one is counted. */
  matches(input: string): boolean {
    const { text } = this;
    if (text === undefined) return false;
    if (timingSafeEqual(digest(plain(text)), digest(plain(input)))) return true;
    this.#wrong++;
    if (this.#wrong >= WRONG_MAX) this.end();
    return false;
  }

  end(): void {
    this.#text = undefined;
  }
}

function makeCode(): string {
  const chars = Array.from(randomBytes(CHARS), (byte) => ALPHABET[byte % ALPHABET.length]).join("");
  return [0, 1, 2].map((i) => chars.slice(i * GROUP, (i + 1) * GROUP)).join("-");
}

function plain(input: string): string {
  const upper = input.slice(0, INPUT_MAX_CHARS).toUpperCase();
  return upper.replace(/[\s-]/g, "").replaceAll("O", "0").replace(/[IL]/g, "1");
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
