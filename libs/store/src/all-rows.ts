import { createHash } from "node:crypto";
import { RowBytes } from "./row-bytes.ts";
import { type Key, keyOf, type Table } from "./table.ts";

/** Rows that one page of `rows` holds, at most. */
export const ROWS_PAGE = 200;

/** A row that is there, with the timestamp of the write that made it. */
export type StoredRow = {
  readonly key: Key;
  readonly row: Readonly<Record<string, unknown>>;
  readonly timestamp: number;
};

/** What can tell all its rows: for moving data and comparing them. */
export interface AllRows {
  /**
   * Every row of a table in pages, each once, in an order of the store's own. Deleted rows are not among them. What is
   * written meanwhile may be.
   *
   * Where every column beside the key is null some stores do not know the timestamp; it is 0 then.
   *
   * @throws AppError `UNAVAILABLE`; `INTERNAL` when a row fails its checksum.
   */
  rows(table: Table<never>): AsyncIterable<readonly StoredRow[]>;
}

/** A row as an adapter read it, with its key. */
export function storedRow(table: Table, row: Record<string, unknown>, timestamp: number): StoredRow {
  return { key: keyOf(table, row), row, timestamp };
}

/** 16 bytes that differ where key, values or timestamp differ; the same whichever store told the row. */
export function rowDigest(table: Table): (stored: StoredRow) => Buffer {
  const bytes = new RowBytes(table);
  const values = Object.keys(table.columns).filter((name) => ![...table.partition, ...table.clustering].includes(name));
  return ({ key, row, timestamp }) => {
    const known = values.some((name) => (row[name] ?? null) !== null);
    const hash = createHash("sha256").update(bytes.encode(key, row));
    return hash
      .update(String(known ? timestamp : 0))
      .digest()
      .subarray(0, 16);
  };
}
