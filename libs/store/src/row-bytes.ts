import { packToCopy, unpack } from "@guildhall/wire/msgpack";
import type { ColumnType, Key, Table } from "./table.ts";

const CHECKS: Readonly<Record<ColumnType, (value: unknown) => boolean>> = {
  int: Number.isSafeInteger,
  text: (value) => typeof value === "string",
  blob: (value) => value instanceof Uint8Array,
  bool: (value) => typeof value === "boolean",
  ints: (value) => Array.isArray(value) && value.every(Number.isSafeInteger),
  texts: (value) => Array.isArray(value) && value.every((item) => typeof item === "string"),
  json: () => true,
};

type Column = { readonly name: string; readonly check: (value: unknown) => boolean; readonly keyIndex: number };

/**
 * Rows of one table as MessagePack: the list of the columns' values in declared order. A column that is
 * absent in a row, or was declared after the row was stored, reads as null.
 */
export class RowBytes {
  readonly #table: string;
  readonly #columns: readonly Column[];
  readonly #names: ReadonlySet<string>;

  constructor(table: Table) {
    const key = [...table.partition, ...table.clustering];
    this.#table = table.name;
    this.#columns = Object.entries(table.columns).map(([name, type]) => ({
      name,
      check: CHECKS[type],
      keyIndex: key.indexOf(name),
    }));
    this.#names = new Set(Object.keys(table.columns));
  }

  /**
   * The bytes of `row`, valid until the next row is encoded. Key columns are taken from `key`.
   *
   * @throws Error for an unknown column, a value of the wrong type, or a key column that differs from the key.
   */
  encode(key: Key, row: Readonly<Record<string, unknown>>): Uint8Array {
    for (const name in row) if (!this.#names.has(name)) throw new Error(`table ${this.#table}: no column ${name}`);
    return packToCopy(this.#columns.map((column) => this.#value(column, key, row)));
  }

  /** The row in `bytes`, whose blobs are views of them. */
  decode(bytes: Uint8Array): Record<string, unknown> {
    const values = unpack(bytes);
    if (!Array.isArray(values)) throw new Error(`table ${this.#table}: a stored row is not a list`);
    const row: Record<string, unknown> = {};
    for (let i = 0; i < this.#columns.length; i++) row[this.#columns[i]?.name ?? ""] = values[i] ?? null;
    return row;
  }

  #value({ name, check, keyIndex }: Column, key: Key, row: Readonly<Record<string, unknown>>): unknown {
    const value = row[name] ?? null;
    if (keyIndex >= 0) {
      if (value !== null && value !== key[keyIndex])
        throw new Error(`table ${this.#table}: ${name} differs from the key`);
      return key[keyIndex];
    }
    if (value !== null && !check(value)) throw new Error(`table ${this.#table}: ${name} has a value of the wrong type`);
    return value;
  }
}
