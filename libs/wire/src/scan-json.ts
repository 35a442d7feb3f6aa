import type { ErrorCode } from "@guildhall/proto/tables";
import { LIMITS } from "@guildhall/proto/tables";
import { FrameError } from "./frame-error.ts";
import { REFUSED_KEYS } from "./msgpack-formats.ts";

const { depthMax, nodesMax, keysPerMapMax, arrayMax, stringMaxBytes } = LIMITS;
/** A whole number of at most this many digits is exact. */
const EXACT_DIGITS = 15;
/** Bytes of UTF-8 one UTF-16 unit takes at most. */
const UNIT_MAX_BYTES = 3;
const LITERALS: ReadonlyMap<string, string> = new Map([
  ["t", "true"],
  ["f", "false"],
  ["n", "null"],
]);
const ESCAPED = 'u"\\/bfnrt';
const utf8 = new TextEncoder();

/** Codes of the characters JSON is made of. */
const C = {
  tab: 0x09,
  newline: 0x0a,
  return: 0x0d,
  space: 0x20,
  quote: 0x22,
  plus: 0x2b,
  comma: 0x2c,
  minus: 0x2d,
  point: 0x2e,
  zero: 0x30,
  nine: 0x39,
  colon: 0x3a,
  bracket: 0x5b,
  backslash: 0x5c,
  bracketEnd: 0x5d,
  e: 0x65,
  u: 0x75,
  brace: 0x7b,
  braceEnd: 0x7d,
} as const;

/**
 * Reads a client's JSON once from front to back before anything is built from it, with its own stack.
 * `text` comes from UTF-8, so a surrogate stands alone in it only where an escape put it.
 *
 * @throws FrameError `BAD_FRAME` for what is not one JSON value without a byte order mark, with no key twice, no
 *   NUL, no lone surrogate and numbers JavaScript holds exactly, or is nested deeper than LIMITS.depthMax;
 *   `TOO_LARGE` beyond the other LIMITS.
 */
export function scanJson(text: string): void {
  scanner.scan(text);
}

class JsonScanner {
  #text = "";
  #at = 0;
  #depth = 0;
  #nodes = 0;
  /** Where the value of the frame's own key `i` begins, or −1. */
  #requestAt = -1;
  /** By depth: the character that ends it, entries so far, and keys so far. */
  readonly #closer = new Int32Array(depthMax + 1);
  readonly #entries = new Int32Array(depthMax + 1);
  readonly #keys: readonly Set<string>[] = Array.from({ length: depthMax + 1 }, () => new Set<string>());

  scan(text: string): void {
    this.#text = text;
    this.#at = 0;
    this.#depth = 0;
    this.#nodes = 0;
    this.#requestAt = -1;
    try {
      this.#values();
    } finally {
      this.#text = "";
    }
  }

  #values(): void {
    this.#value();
    while (this.#depth > 0) this.#next();
    this.#code();
    if (this.#at !== this.#text.length) throw this.#error("BAD_FRAME", "text after the frame");
  }

  /** The end of the container under way, or its next entry. */
  #next(): void {
    const depth = this.#depth;
    const closer = this.#closer[depth] ?? 0;
    const entries = this.#entries[depth] ?? 0;
    const code = this.#code();
    if (code === closer) {
      this.#at++;
      this.#depth--;
      return;
    }
    if (entries > 0) this.#expect(C.comma);
    const isMap = closer === C.braceEnd;
    if (entries === (isMap ? keysPerMapMax : arrayMax)) throw this.#error("TOO_LARGE", `more than ${entries} entries`);
    this.#entries[depth] = entries + 1;
    if (isMap) this.#key();
    this.#value();
  }

  #value(): void {
    if (++this.#nodes > nodesMax) throw this.#error("TOO_LARGE", "more values than a frame may have");
    const code = this.#code();
    if (code === C.quote) this.#string();
    else if (code === C.brace) this.#open(C.braceEnd);
    else if (code === C.bracket) this.#open(C.bracketEnd);
    else if (code === C.minus || isDigit(code)) this.#number();
    else this.#literal();
  }

  #open(closer: number): void {
    if (this.#depth === depthMax) throw this.#error("BAD_FRAME", "nested too deep");
    this.#at++;
    this.#depth++;
    this.#closer[this.#depth] = closer;
    this.#entries[this.#depth] = 0;
    this.#keys[this.#depth]?.clear();
  }

  #literal(): void {
    const word = LITERALS.get(this.#text.charAt(this.#at));
    if (word === undefined || !this.#text.startsWith(word, this.#at)) throw this.#error("BAD_FRAME", "not JSON");
    this.#at += word.length;
  }

  #key(): void {
    if (this.#code() !== C.quote) throw this.#error("BAD_FRAME", "key is not text");
    const start = this.#at;
    const escaped = this.#string();
    const written = this.#text.slice(start + 1, this.#at - 1);
    const key = escaped ? String(JSON.parse(`"${written}"`)) : written;
    const keys = this.#keys[this.#depth];
    if (keys === undefined || keys.has(key)) throw this.#error("BAD_FRAME", "key given twice");
    if (REFUSED_KEYS.has(key)) throw this.#error("BAD_FRAME", "key of a prototype");
    keys.add(key);
    this.#code();
    this.#expect(C.colon);
    if (this.#depth === 1 && key === "i") this.#requestAt = this.#at;
  }

  /** Whether it has escapes. */
  #string(): boolean {
    const text = this.#text;
    const start = this.#at + 1;
    let escaped = false;
    let at = start;
    let code = text.charCodeAt(at);
    while (code !== C.quote) {
      // The end of the text is NaN, which is not above it either.
      if (!(code >= C.space)) throw this.#error("BAD_FRAME", "control character in a text, or no end of it");
      at++;
      if (code === C.backslash) {
        escaped = true;
        at = this.#escape(at);
      }
      code = text.charCodeAt(at);
    }
    this.#at = at + 1;
    this.#bound(at - start, start);
    return escaped;
  }

  #bound(units: number, start: number): void {
    if (units * UNIT_MAX_BYTES <= stringMaxBytes) return;
    const bytes = utf8.encode(this.#text.slice(start, start + units)).length;
    if (bytes > stringMaxBytes) throw this.#error("TOO_LARGE", `text of ${bytes} bytes`);
  }

  /** What stands behind a backslash at `at` − 1; where it ends. */
  #escape(at: number): number {
    this.#at = at + 1;
    const kind = this.#text.charAt(at);
    if (kind === "" || !ESCAPED.includes(kind)) throw this.#error("BAD_FRAME", "no such escape");
    if (kind !== "u") return this.#at;
    const unit = this.#hex();
    if (unit === 0 || isLowSurrogate(unit)) throw this.#error("BAD_FRAME", "NUL or lone surrogate");
    if (!isHighSurrogate(unit)) return this.#at;
    this.#expect(C.backslash);
    this.#expect(C.u);
    if (!isLowSurrogate(this.#hex())) throw this.#error("BAD_FRAME", "lone surrogate");
    return this.#at;
  }

  #hex(): number {
    let value = 0;
    for (let i = 0; i < 4; i++) {
      const digit = hexDigit(this.#text.charCodeAt(this.#at++));
      if (digit < 0) throw this.#error("BAD_FRAME", "no such escape");
      value = value * 16 + digit;
    }
    return value;
  }

  #number(): void {
    const start = this.#at;
    if (this.#text.charCodeAt(this.#at) === C.minus) this.#at++;
    const digits = this.#at;
    this.#digits();
    if (this.#text.charCodeAt(digits) === C.zero && this.#at > digits + 1) throw this.#error("BAD_FRAME", "number");
    let whole = true;
    if (this.#text.charCodeAt(this.#at) === C.point) {
      whole = false;
      this.#at++;
      this.#digits();
    }
    if ((this.#text.charCodeAt(this.#at) | 0x20) === C.e) {
      whole = false;
      this.#at++;
      const sign = this.#text.charCodeAt(this.#at);
      if (sign === C.plus || sign === C.minus) this.#at++;
      this.#digits();
    }
    if (whole && digits === start && this.#at - start <= EXACT_DIGITS) return;
    this.#exact(Number(this.#text.slice(start, this.#at)));
  }

  #exact(value: number): void {
    const unsafe = Number.isInteger(value) && !Number.isSafeInteger(value);
    if (!Number.isFinite(value) || unsafe || Object.is(value, -0)) throw this.#error("BAD_FRAME", "number");
  }

  #digits(): void {
    const text = this.#text;
    const start = this.#at;
    let at = start;
    while (isDigit(text.charCodeAt(at))) at++;
    if (at === start) throw this.#error("BAD_FRAME", "number");
    this.#at = at;
  }

  #expect(code: number): void {
    if (this.#text.charCodeAt(this.#at) !== code) throw this.#error("BAD_FRAME", "not JSON");
    this.#at++;
  }

  /** Steps over white space; the code of what stands there, NaN at the end. */
  #code(): number {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== C.space && code !== C.newline && code !== C.return && code !== C.tab) return code;
      this.#at++;
    }
  }

  #error(code: ErrorCode, detail: string): FrameError {
    return new FrameError(code, detail, { request: this.#request() });
  }

  /** The request id, where the scan has passed it. */
  #request(): number | undefined {
    if (this.#requestAt < 0) return undefined;
    this.#at = this.#requestAt;
    const start = this.#code() === C.minus ? -1 : this.#at;
    while (isDigit(this.#text.charCodeAt(this.#at))) this.#at++;
    const value = start < 0 ? 0 : Number(this.#text.slice(start, this.#at));
    return value > 0 && value <= 0xffff_ffff ? value : undefined;
  }
}

function isDigit(code: number): boolean {
  return code >= C.zero && code <= C.nine;
}

function hexDigit(code: number): number {
  if (isDigit(code)) return code - C.zero;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

const scanner = new JsonScanner();
