import { AppError } from "@guildhall/kernel";
import type { Key, KeyPart, Table } from "./table.ts";

/** The longest key LMDB takes with its usual pages, bytes. */
const KEY_MAX_BYTES = 1_978;
/** A scratch buffer that holds any key that fits, and the first part too long for it. */
const SCRATCH_BYTES = 8_192;
/** Ends a text; a zero byte within one is written as 0, 1 and so sorts after the end. */
const TEXT_END = Buffer.from([0, 0]);
/** Above every byte a key part can begin with (128 for an int, 244 for UTF-8). */
const ABOVE_ALL = Buffer.from([0xff]);
const ILL_FORMED = /\p{Surrogate}/u;

const scratch = Buffer.allocUnsafe(SCRATCH_BYTES);

/** From `start` on, below `end`. */
export type KeyRange = { readonly start: Buffer; readonly end: Buffer };

/**
 * Key parts as bytes that sort as the parts do: ints by value, text by code point, a prefix before what it
 * begins.
 */
export class KeyBytes {
  readonly #table: string;
  readonly #types: readonly ("int" | "text")[];
  readonly #partitionCount: number;

  constructor(table: Table) {
    this.#table = table.name;
    this.#partitionCount = table.partition.length;
    this.#types = [...table.partition, ...table.clustering].map((column) => {
      const type = table.columns[column];
      if (type === "int" || type === "text") return type;
      throw new Error(`table ${table.name}: key column ${column} must be int or text`);
    });
  }

  /** The bytes of a whole key. @throws AppError `BAD_ARGS` when it is too long; Error for a wrong one. */
  row(key: Key): Buffer {
    if (key.length !== this.#types.length)
      throw new Error(`table ${this.#table}: a key has ${this.#types.length} parts`);
    return this.#encode(key);
  }

  /** The keys of `partition` that begin with `prefix` and whose next part is within `from` and `to`. */
  range(partition: Key, prefix: readonly KeyPart[], from: KeyPart | undefined, to: KeyPart | undefined): KeyRange {
    if (partition.length !== this.#partitionCount) {
      throw new Error(`table ${this.#table}: a partition key has ${this.#partitionCount} parts`);
    }
    const base = [...partition, ...prefix];
    return {
      start: this.#encode(from === undefined ? base : [...base, from]),
      end: Buffer.concat([this.#encode(to === undefined ? base : [...base, to]), ABOVE_ALL]),
    };
  }

  #encode(parts: Key): Buffer {
    if (parts.length > this.#types.length) throw new Error(`table ${this.#table}: too many key parts`);
    let at = 0;
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i];
      if (this.#types[i] === "int") at = this.#int(part, at);
      else at = this.#text(part, at);
    }
    if (at > KEY_MAX_BYTES) throw this.#tooLong();
    const key = Buffer.allocUnsafe(at);
    scratch.copy(key, 0, 0, at);
    return key;
  }

  /** Eight bytes, big-endian, moved up by 2^63 so that negative ones come first. */
  #int(value: KeyPart | undefined, at: number): number {
    if (typeof value !== "number" || !Number.isSafeInteger(value)) {
      throw new Error(`table ${this.#table}: key part ${String(value)} is not an int`);
    }
    if (at + 8 > SCRATCH_BYTES) throw this.#tooLong();
    scratch.writeUInt32BE((Math.floor(value / 2 ** 32) ^ 0x8000_0000) >>> 0, at);
    scratch.writeUInt32BE(value >>> 0, at + 4);
    return at + 8;
  }

  #text(value: KeyPart | undefined, at: number): number {
    if (typeof value !== "string") throw new Error(`table ${this.#table}: key part ${String(value)} is not text`);
    // Three bytes a character at most, and each may be a zero that takes two.
    if (value.length > KEY_MAX_BYTES || at + value.length * 3 + TEXT_END.length > SCRATCH_BYTES) throw this.#tooLong();
    if (ILL_FORMED.test(value)) throw new AppError("BAD_ARGS", `table ${this.#table}: a key has half a character`);
    const escaped = value.includes("\0") ? value.replaceAll("\0", "\0\u0001") : value;
    const end = at + scratch.write(escaped, at, "utf8");
    return end + TEXT_END.copy(scratch, end);
  }

  #tooLong(): AppError {
    return new AppError("BAD_ARGS", `table ${this.#table}: a key is longer than ${KEY_MAX_BYTES} bytes`);
  }
}
