import type { ErrorCode } from "@guildhall/proto/tables";
import { LIMITS } from "@guildhall/proto/tables";
import { FrameError } from "./frame-error.ts";
import { formatOf, REFUSED_KEYS } from "./msgpack-formats.ts";
import { endOfCharacter } from "./utf8.ts";

const { depthMax, nodesMax, keysPerMapMax, arrayMax, stringMaxBytes } = LIMITS;
const SAFE_HIGH_MAX = 0x1f_ffff;
const KEY_I = "i".charCodeAt(0);
/** Offset basis and prime of FNV-1a, 32 bits. */
const FNV_BASIS = 2_166_136_261;
const FNV_PRIME = 16_777_619;
/** Saves looking closer at nearly every key. */
const REFUSED_LENGTHS: ReadonlySet<number> = new Set([...REFUSED_KEYS].map((key) => key.length));
const ascii = new TextDecoder();
const NOTHING = new Uint8Array(0);

/**
 * Reads a client's MessagePack once from front to back before anything is built from it. It allocates
 * nothing, so what a header claims costs nothing, and keeps its own stack.
 *
 * @throws FrameError `BAD_FRAME` for what is not one value of the kinds JSON has (and bytes), with text keys,
 *   no key twice, strict UTF-8 without NUL and numbers JavaScript holds exactly, or is nested deeper than
 *   LIMITS.depthMax; `TOO_LARGE` beyond the other LIMITS.
 */
export function scanMsgpack(bytes: Uint8Array): void {
  scanner.scan(bytes);
}

class MsgpackScanner {
  #bytes: Uint8Array = NOTHING;
  #view: DataView = new DataView(NOTHING.buffer);
  #at = 0;
  #depth = 0;
  #nodes = 0;
  /** Where the value of the frame's own key `i` begins, or −1. */
  #requestAt = -1;
  /** By depth: entries still to come, whether it is a map, and its keys so far. */
  readonly #left = new Int32Array(depthMax + 1);
  readonly #isMap = new Uint8Array(depthMax + 1);
  readonly #keys = new Int32Array(depthMax + 1);
  /** By depth and number of the key: its hash and place. */
  readonly #keyHash = new Int32Array((depthMax + 1) * keysPerMapMax);
  readonly #keyStart = new Int32Array((depthMax + 1) * keysPerMapMax);
  readonly #keyEnd = new Int32Array((depthMax + 1) * keysPerMapMax);

  scan(bytes: Uint8Array): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = 0;
    this.#depth = 0;
    this.#nodes = 0;
    this.#requestAt = -1;
    try {
      this.#values();
    } finally {
      this.#bytes = NOTHING;
    }
  }

  #values(): void {
    this.#value();
    while (this.#depth > 0) {
      const left = this.#left[this.#depth] ?? 0;
      if (left === 0) {
        this.#depth--;
        continue;
      }
      this.#left[this.#depth] = left - 1;
      if (this.#isMap[this.#depth] === 1) this.#key();
      this.#value();
    }
    if (this.#at !== this.#bytes.length) throw this.#error("BAD_FRAME", "bytes after the frame");
  }

  #value(): void {
    if (++this.#nodes > nodesMax) throw this.#error("TOO_LARGE", "more values than a frame may have");
    const head = this.#view.getUint8(this.#skip(1));
    if (head < 0x80 || head >= 0xe0) return;
    if (head < 0x90) this.#open(head & 0x0f, true);
    else if (head < 0xa0) this.#open(head & 0x0f, false);
    else if (head < 0xc0) this.#text(head & 0x1f);
    else this.#headed(head);
  }

  #headed(head: number): void {
    const { kind, width } = formatOf(head);
    switch (kind) {
      case "uint":
      case "int":
        this.#integer(width, kind === "int");
        return;
      case "float":
        this.#float(width);
        return;
      case "text":
        this.#text(this.#length(width));
        return;
      case "bytes":
        this.#skip(this.#within(this.#length(width), stringMaxBytes));
        return;
      case "array":
      case "map":
        this.#open(this.#length(width), kind === "map");
        return;
      case "refused":
        throw this.#error("BAD_FRAME", `head byte ${head}`);
      default:
    }
  }

  #open(length: number, isMap: boolean): void {
    if (this.#depth === depthMax) throw this.#error("BAD_FRAME", "nested too deep");
    this.#within(length, isMap ? keysPerMapMax : arrayMax);
    this.#depth++;
    this.#left[this.#depth] = length;
    this.#isMap[this.#depth] = isMap ? 1 : 0;
    this.#keys[this.#depth] = 0;
  }

  /** Moves on by `count` bytes; where they began. */
  #skip(count: number): number {
    const start = this.#at;
    if (count > this.#bytes.length - start) throw this.#error("BAD_FRAME", "cut short");
    this.#at = start + count;
    return start;
  }

  #within(length: number, max: number): number {
    if (length > max) throw this.#error("TOO_LARGE", `${length} where ${max} may be`);
    return length;
  }

  #length(width: number): number {
    const at = this.#skip(width);
    if (width === 1) return this.#view.getUint8(at);
    return width === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  #integer(width: number, signed: boolean): void {
    const at = this.#skip(width);
    if (width < 8) return;
    const high = signed ? this.#view.getInt32(at) : this.#view.getUint32(at);
    const tooLow = high < -SAFE_HIGH_MAX - 1 || (high === -SAFE_HIGH_MAX - 1 && this.#view.getUint32(at + 4) === 0);
    if (high > SAFE_HIGH_MAX || tooLow) throw this.#error("BAD_FRAME", "integer beyond 53 bits");
  }

  #float(width: number): void {
    const at = this.#skip(width);
    const value = width === 4 ? this.#view.getFloat32(at) : this.#view.getFloat64(at);
    const unsafe = Number.isInteger(value) && !Number.isSafeInteger(value);
    if (!Number.isFinite(value) || unsafe || Object.is(value, -0)) throw this.#error("BAD_FRAME", "number");
  }

  /** Hash of the text, which starts where the scan stands. */
  #text(length: number): number {
    this.#within(length, stringMaxBytes);
    const bytes = this.#bytes;
    let at = this.#skip(length);
    const end = this.#at;
    let hash = FNV_BASIS;
    while (at < end) {
      const byte = bytes[at] ?? 0;
      const next = byte < 0x80 ? at + 1 : endOfCharacter(bytes, at, end);
      if (next < 0 || byte === 0) throw this.#error("BAD_FRAME", "text is not UTF-8, or has a NUL");
      for (; at < next; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), FNV_PRIME);
    }
    return hash;
  }

  #key(): void {
    const head = this.#view.getUint8(this.#skip(1));
    const { kind, width } = formatOf(head);
    if ((head & 0xe0) !== 0xa0 && kind !== "text") throw this.#error("BAD_FRAME", "key is not text");
    const length = kind === "text" ? this.#length(width) : head & 0x1f;
    const start = this.#at;
    const hash = this.#text(length);
    this.#admitKey(start, this.#at, hash);
    if (this.#depth === 1 && length === 1 && this.#bytes[start] === KEY_I) this.#requestAt = this.#at;
  }

  #admitKey(start: number, end: number, hash: number): void {
    const first = this.#depth * keysPerMapMax;
    const slot = first + (this.#keys[this.#depth] ?? 0);
    for (let other = first; other < slot; other++) {
      if (
        this.#keyHash[other] === hash &&
        this.#same(this.#keyStart[other] ?? 0, this.#keyEnd[other] ?? 0, start, end)
      ) {
        throw this.#error("BAD_FRAME", "key given twice");
      }
    }
    if (REFUSED_LENGTHS.has(end - start) && REFUSED_KEYS.has(ascii.decode(this.#bytes.subarray(start, end)))) {
      throw this.#error("BAD_FRAME", "key of a prototype");
    }
    this.#keyHash[slot] = hash;
    this.#keyStart[slot] = start;
    this.#keyEnd[slot] = end;
    this.#keys[this.#depth] = slot - first + 1;
  }

  #same(a: number, aEnd: number, b: number, bEnd: number): boolean {
    if (aEnd - a !== bEnd - b) return false;
    for (let i = 0; i < aEnd - a; i++) if (this.#bytes[a + i] !== this.#bytes[b + i]) return false;
    return true;
  }

  #error(code: ErrorCode, detail: string): FrameError {
    return new FrameError(code, detail, { request: this.#request() });
  }

  /** The request id, where the scan has passed it. */
  #request(): number | undefined {
    const at = this.#requestAt;
    if (at < 0 || at >= this.#at) return undefined;
    const head = this.#view.getUint8(at);
    if (head > 0 && head < 0x80) return head;
    const { kind, width } = formatOf(head);
    if (kind !== "uint" || width > 4 || at + 1 + width > this.#at) return undefined;
    if (width === 1) return this.#view.getUint8(at + 1) || undefined;
    return (width === 2 ? this.#view.getUint16(at + 1) : this.#view.getUint32(at + 1)) || undefined;
  }
}

const scanner = new MsgpackScanner();
