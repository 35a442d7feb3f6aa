/** Nesting of what is written: deeper is taken for a value that holds itself. */
const DEPTH_MAX = 100;
const START_BYTES = 8_192;
/** A buffer that had to grow beyond this is given up after the value it grew for. */
const KEPT_MAX_BYTES = 1024 * 1024;
/** Longest head of a text, bytes. */
const TEXT_HEAD_BYTES = 5;
/** A UTF-16 unit takes at most this many bytes of UTF-8. */
const UNIT_MAX_BYTES = 3;
/** Texts up to this are written unit by unit: below it a TextEncoder costs more than it saves. */
const SHORT_TEXT_UNITS = 200;
const UINT32 = 2 ** 32;

const utf8 = new TextEncoder();

/**
 * Writes one value after another as MessagePack into a buffer that it keeps. Numbers take the shortest form of
 * integers, or 64 bits; keys whose value is undefined are left out, as in JSON; byte strings are Uint8Array.
 *
 * Written here because encoding was an eighth of the CPU of a message with the library's encoder, which takes half as
 * long again for the small maps of frames and commands (write-msgpack.bench.ts).
 */
export class MsgpackWriter {
  #bytes = new Uint8Array(START_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  /**
   * The bytes of `value`, valid until the next call.
   * @throws Error for what MessagePack cannot say, and for nesting beyond DEPTH_MAX.
   */
  write(value: unknown): Uint8Array {
    if (this.#bytes.length > KEPT_MAX_BYTES) this.#take(new Uint8Array(START_BYTES));
    this.#at = 0;
    this.#value(value, 1);
    return this.#bytes.subarray(0, this.#at);
  }

  #value(value: unknown, depth: number): void {
    switch (typeof value) {
      case "string":
        return this.#text(value);
      case "number":
        return this.#number(value);
      case "boolean":
        return this.#head(value ? 0xc3 : 0xc2);
      case "object":
        if (value === null) return this.#head(0xc0);
        if (depth > DEPTH_MAX) throw new Error("too deep for MessagePack");
        if (Array.isArray(value)) return this.#array(value, depth);
        if (value instanceof Uint8Array) return this.#byteString(value);
        return this.#map(value as Record<string, unknown>, depth);
      case "undefined":
        return this.#head(0xc0);
      default:
        throw new Error(`MessagePack has no ${typeof value}`);
    }
  }

  #head(byte: number): void {
    this.#reserve(1);
    this.#bytes[this.#at++] = byte;
  }

  #number(value: number): void {
    this.#reserve(9);
    const bytes = this.#bytes;
    if (!Number.isSafeInteger(value)) {
      bytes[this.#at] = 0xcb;
      this.#view.setFloat64(this.#at + 1, value);
      this.#at += 9;
    } else if (value >= 0) this.#natural(value);
    else this.#negative(value);
  }

  #natural(value: number): void {
    const bytes = this.#bytes;
    if (value < 0x80) bytes[this.#at++] = value;
    else if (value < 0x100) {
      bytes[this.#at++] = 0xcc;
      bytes[this.#at++] = value;
    } else if (value < 0x1_0000) {
      bytes[this.#at] = 0xcd;
      this.#view.setUint16(this.#at + 1, value);
      this.#at += 3;
    } else if (value < UINT32) {
      bytes[this.#at] = 0xce;
      this.#view.setUint32(this.#at + 1, value);
      this.#at += 5;
    } else this.#wide(0xcf, value);
  }

  #negative(value: number): void {
    const bytes = this.#bytes;
    if (value >= -0x20) bytes[this.#at++] = value + 0x100;
    else if (value >= -0x80) {
      bytes[this.#at++] = 0xd0;
      bytes[this.#at++] = value + 0x100;
    } else if (value >= -0x8000) {
      bytes[this.#at] = 0xd1;
      this.#view.setInt16(this.#at + 1, value);
      this.#at += 3;
    } else if (value >= -0x8000_0000) {
      bytes[this.#at] = 0xd2;
      this.#view.setInt32(this.#at + 1, value);
      this.#at += 5;
    } else this.#wide(0xd3, value);
  }

  /** Eight bytes in two's complement. */
  #wide(head: number, value: number): void {
    this.#bytes[this.#at] = head;
    this.#view.setInt32(this.#at + 1, Math.floor(value / UINT32));
    this.#view.setUint32(this.#at + 5, value >>> 0);
    this.#at += 9;
  }

  #text(text: string): void {
    const units = text.length;
    this.#reserve(TEXT_HEAD_BYTES + units * UNIT_MAX_BYTES);
    if (units <= SHORT_TEXT_UNITS && this.#ascii(text)) return;
    // The head's width is known only afterwards, so the text goes where the longest would let it.
    const from = this.#at + TEXT_HEAD_BYTES;
    const { written } = utf8.encodeInto(text, this.#bytes.subarray(from));
    this.#textHead(written);
    this.#bytes.copyWithin(this.#at, from, from + written);
    this.#at += written;
  }

  /** Writes a text of which every character is one byte; whether it was one. */
  #ascii(text: string): boolean {
    const start = this.#at;
    const units = text.length;
    this.#textHead(units);
    const bytes = this.#bytes;
    let at = this.#at;
    for (let i = 0; i < units; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= 0x80) {
        this.#at = start;
        return false;
      }
      bytes[at++] = unit;
    }
    this.#at = at;
    return true;
  }

  #textHead(length: number): void {
    if (length < 0x20) this.#bytes[this.#at++] = 0xa0 + length;
    else this.#sized(0xd9, 0xda, 0xdb, length);
  }

  #byteString(data: Uint8Array): void {
    this.#reserve(5 + data.length);
    this.#sized(0xc4, 0xc5, 0xc6, data.length);
    this.#bytes.set(data, this.#at);
    this.#at += data.length;
  }

  #array(items: readonly unknown[], depth: number): void {
    this.#reserve(5);
    if (items.length < 0x10) this.#bytes[this.#at++] = 0x90 + items.length;
    else this.#sized(undefined, 0xdc, 0xdd, items.length);
    for (let i = 0; i < items.length; i++) this.#value(items[i], depth + 1);
  }

  #map(map: Readonly<Record<string, unknown>>, depth: number): void {
    let size = 0;
    // What is written are plain objects: they have no keys but their own.
    for (const key in map) if (map[key] !== undefined) size++;
    this.#reserve(5);
    if (size < 0x10) this.#bytes[this.#at++] = 0x80 + size;
    else this.#sized(undefined, 0xde, 0xdf, size);
    for (const key in map) {
      const value = map[key];
      if (value === undefined) continue;
      this.#text(key);
      this.#value(value, depth + 1);
    }
  }

  /** A head and a length of 8, where there is such a head, 16 or 32 bits. */
  #sized(head8: number | undefined, head16: number, head32: number, length: number): void {
    const bytes = this.#bytes;
    if (head8 !== undefined && length < 0x100) {
      bytes[this.#at++] = head8;
      bytes[this.#at++] = length;
    } else if (length < 0x1_0000) {
      bytes[this.#at] = head16;
      this.#view.setUint16(this.#at + 1, length);
      this.#at += 3;
    } else {
      bytes[this.#at] = head32;
      this.#view.setUint32(this.#at + 1, length);
      this.#at += 5;
    }
  }

  #reserve(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#take(larger);
  }

  #take(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
