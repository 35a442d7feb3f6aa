import { formatOf } from "./msgpack-formats.ts";

/** Nesting of internal messages, as deep as the encoder goes. Frames have been scanned for less. */
const DEPTH_MAX = 100;
/** Texts up to this are put together here: below it a TextDecoder costs more than it saves. */
const SHORT_TEXT_BYTES = 16;
const UINT32 = 2 ** 32;

/** Keeps a leading U+FEFF, which is a character of the text here. */
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
/** Most keys are one letter. */
const LETTERS: readonly string[] = Array.from({ length: 0x80 }, (_, code) => String.fromCharCode(code));

/**
 * The one value in `bytes`. With `copy`, byte strings in it are copies; without, views of `bytes`.
 *
 * Written here because the library's decoder drops a U+FEFF at the start of a longer text, and texts are
 * kept as sent. Refuses what JSON cannot say too: extension types, keys that are not text, integers
 * JavaScript cannot hold.
 * @throws Error when `bytes` are not exactly one such value.
 */
export function readMsgpack(bytes: Uint8Array, copy: boolean): unknown {
  const reader = new Reader(bytes, copy);
  const value = reader.value(1);
  reader.end();
  return value;
}

class Reader {
  readonly #bytes: Uint8Array;
  /** Reading past its end throws RangeError: what is cut short never goes further. */
  readonly #view: DataView;
  readonly #copy: boolean;
  #at = 0;

  constructor(bytes: Uint8Array, copy: boolean) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#copy = copy;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new Error("bytes after the value");
  }

  value(depth: number): unknown {
    const head = this.#view.getUint8(this.#at++);
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
        return width === 4 ? this.#view.getFloat32(this.#skip(4)) : this.#view.getFloat64(this.#skip(8));
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

  #uint(width: number): number {
    const at = this.#skip(width);
    if (width === 1) return this.#view.getUint8(at);
    if (width === 2) return this.#view.getUint16(at);
    if (width === 4) return this.#view.getUint32(at);
    return safe(this.#view.getUint32(at) * UINT32 + this.#view.getUint32(at + 4));
  }

  #int(width: number): number {
    const at = this.#skip(width);
    if (width === 1) return this.#view.getInt8(at);
    if (width === 2) return this.#view.getInt16(at);
    if (width === 4) return this.#view.getInt32(at);
    return safe(this.#view.getInt32(at) * UINT32 + this.#view.getUint32(at + 4));
  }

  #text(length: number): string {
    const start = this.#skip(length);
    const end = this.#at;
    if (length === 1 && (this.#bytes[start] ?? 0) < 0x80) return LETTERS[this.#bytes[start] ?? 0] ?? "";
    if (length > SHORT_TEXT_BYTES) return utf8.decode(this.#bytes.subarray(start, end));
    let text = "";
    for (let at = start; at < end; at++) {
      const byte = this.#bytes[at] ?? 0;
      if (byte >= 0x80) return utf8.decode(this.#bytes.subarray(start, end));
      text += LETTERS[byte];
    }
    return text;
  }

  #byteString(length: number): Uint8Array {
    const start = this.#skip(length);
    const view = this.#bytes.subarray(start, this.#at);
    return this.#copy ? new Uint8Array(view) : view;
  }

  #array(length: number, depth: number): unknown[] {
    this.#enter(length, depth);
    const array: unknown[] = [];
    for (let i = 0; i < length; i++) array.push(this.value(depth + 1));
    return array;
  }

  #map(length: number, depth: number): Record<string, unknown> {
    this.#enter(length, depth);
    const map: Record<string, unknown> = {};
    for (let i = 0; i < length; i++) {
      const key = this.value(depth + 1);
      if (typeof key !== "string" || key === "__proto__") throw new Error("key of a map");
      map[key] = this.value(depth + 1);
    }
    return map;
  }

  /** Each element takes a byte at least, so a length that cannot be true costs nothing. */
  #enter(length: number, depth: number): void {
    if (depth > DEPTH_MAX) throw new Error("nested too deep");
    if (length > this.#bytes.length - this.#at) throw new RangeError("cut short");
  }
}

function safe(value: number): number {
  if (!Number.isSafeInteger(value)) throw new Error("integer beyond 53 bits");
  return value;
}
