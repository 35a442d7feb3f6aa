import { formatOf } from "./msgpack-formats.ts";
import { ShortTexts } from "./short-texts.ts";

/** Nesting of internal messages, as deep as the encoder goes. Frames have been scanned for less. */
const DEPTH_MAX = 100;
/** Texts up to this are looked for among those read before: keys, methods, kinds, devices. */
const SHORT_TEXT_BYTES = 24;
const NOTHING: Uint8Array = new Uint8Array();
const UINT32 = 2 ** 32;

/** Keeps a leading U+FEFF, which is a character of the text here. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const shortTexts = new ShortTexts();

/**
 * The one value in `bytes`. With `copy`, byte strings in it are copies; without, views of `bytes`.
 *
 * Written here because the library's decoder drops a U+FEFF at the start of a longer text, and texts are
 * kept as sent. Refuses what JSON cannot say too: extension types, keys that are not text, integers
 * JavaScript cannot hold.
 * @throws Error when `bytes` are not exactly one such value.
 */
export function readMsgpack(bytes: Uint8Array, copy: boolean): unknown {
  return reader.read(bytes, copy);
}

class Reader {
  #bytes: Uint8Array = NOTHING;
  #copy = false;
  #at = 0;

  read(bytes: Uint8Array, copy: boolean): unknown {
    this.#bytes = bytes;
    this.#copy = copy;
    this.#at = 0;
    try {
      const value = this.#value(1);
      if (this.#at !== bytes.length) throw new Error("bytes after the value");
      return value;
    } finally {
      this.#bytes = NOTHING;
    }
  }

  #value(depth: number): unknown {
    const head = this.#byte(this.#skip(1));
    if (head < 0x80) return head;
    if (head >= 0xe0) return head - 0x100;
    if (head < 0x90) return this.#map(head & 0x0f, depth);
    if (head < 0xa0) return this.#array(head & 0x0f, depth);
    if (head < 0xc0) return this.#text(head & 0x1f);
    return this.#headed(head, depth);
  }

  #headed(head: number, depth: number): unknown {
    const { kind, width, value } = formatOf(head);
    switch (kind) {
      case "constant":
        return value;
      case "uint":
        return this.#uint(width);
      case "int":
        return this.#int(width);
      case "float":
        return this.#float(width);
      case "text":
        return this.#text(this.#uint(width));
      case "bytes":
        return this.#byteString(this.#uint(width));
      case "array":
        return this.#array(this.#uint(width), depth);
      case "map":
        return this.#map(this.#uint(width), depth);
      case "refused":
        throw new Error(`head byte ${head}`);
    }
  }

  /** Moves on by `count` bytes; where they began. */
  #skip(count: number): number {
    const start = this.#at;
    if (count > this.#bytes.length - start) throw new RangeError("cut short");
    this.#at = start + count;
    return start;
  }

  /** `at` has been skipped to, so it is there. */
  #byte(at: number): number {
    return this.#bytes[at] ?? 0;
  }

  #uint32(at: number): number {
    const low = (this.#byte(at + 1) << 16) | (this.#byte(at + 2) << 8) | this.#byte(at + 3);
    return this.#byte(at) * 0x100_0000 + low;
  }

  #uint(width: number): number {
    const at = this.#skip(width);
    if (width === 1) return this.#byte(at);
    if (width === 2) return (this.#byte(at) << 8) | this.#byte(at + 1);
    if (width === 4) return this.#uint32(at);
    return safe(this.#uint32(at) * UINT32 + this.#uint32(at + 4));
  }

  #int(width: number): number {
    const at = this.#skip(width);
    if (width === 1) return (this.#byte(at) << 24) >> 24;
    if (width === 2) return (((this.#byte(at) << 8) | this.#byte(at + 1)) << 16) >> 16;
    const high = this.#uint32(at) | 0;
    return width === 4 ? high : safe(high * UINT32 + this.#uint32(at + 4));
  }

  #float(width: number): number {
    const at = this.#bytes.byteOffset + this.#skip(width);
    const view = new DataView(this.#bytes.buffer, at, width);
    return width === 4 ? view.getFloat32(0) : view.getFloat64(0);
  }

  #text(length: number): string {
    const start = this.#skip(length);
    const end = this.#at;
    const known = length <= SHORT_TEXT_BYTES ? shortTexts.read(this.#bytes, start, end) : undefined;
    return known ?? utf8.decode(this.#bytes.subarray(start, end));
  }

  #byteString(length: number): Uint8Array {
    const start = this.#skip(length);
    const view = this.#bytes.subarray(start, this.#at);
    return this.#copy ? new Uint8Array(view) : view;
  }

  #array(length: number, depth: number): unknown[] {
    this.#enter(length, depth);
    const array: unknown[] = [];
    for (let i = 0; i < length; i++) array.push(this.#value(depth + 1));
    return array;
  }

  #map(length: number, depth: number): Record<string, unknown> {
    this.#enter(length, depth);
    const map: Record<string, unknown> = {};
    for (let i = 0; i < length; i++) {
      const key = this.#value(depth + 1);
      if (typeof key !== "string" || key === "__proto__") throw new Error("key of a map");
      map[key] = this.#value(depth + 1);
    }
    return map;
  }

  /** Each element takes a byte at least, so a length that cannot be true costs nothing. */
  #enter(length: number, depth: number): void {
    if (depth > DEPTH_MAX) throw new Error("nested too deep");
    if (length > this.#bytes.length - this.#at) throw new RangeError("cut short");
  }
}

/** One for everything: reading is synchronous. */
const reader = new Reader();

function safe(value: number): number {
  if (!Number.isSafeInteger(value)) throw new Error("integer beyond 53 bits");
  return value;
}
