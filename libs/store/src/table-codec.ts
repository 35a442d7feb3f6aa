import { AppError } from "@guildhall/kernel";
import { KeyBytes, type KeyRange } from "./key-bytes.ts";
import { RowBytes } from "./row-bytes.ts";
import { type Range, SCAN_MAX, type Write } from "./store.ts";
import type { Key, Table } from "./table.ts";

/** What both adapters know of one table. */
export type TableCodec = { readonly name: string; readonly keys: KeyBytes; readonly rows: RowBytes };

/** The declared tables by name. @throws Error for two of one name, or a key column that is no int or text. */
export function tableCodecs(tables: readonly Table[]): ReadonlyMap<string, TableCodec> {
  const codecs = new Map<string, TableCodec>();
  for (const table of tables) {
    if (codecs.has(table.name)) throw new Error(`table ${table.name} is declared twice`);
    codecs.set(table.name, { name: table.name, keys: new KeyBytes(table), rows: new RowBytes(table) });
  }
  return codecs;
}

/** @throws Error for a table that was not declared. */
export function find<Known>(tables: ReadonlyMap<string, Known>, name: string): Known {
  const table = tables.get(name);
  if (table === undefined) throw new Error(`table ${name} was not declared when the store was opened`);
  return table;
}

/** @throws AppError `BAD_ARGS` for a limit outside 1 … SCAN_MAX. */
export function checkLimit(limit: number): void {
  if (!Number.isInteger(limit) || limit < 1 || limit > SCAN_MAX) {
    throw new AppError("BAD_ARGS", `limit must be from 1 to ${SCAN_MAX}`);
  }
}

/** Where the partitions after `partition` begin. */
export function endOf(table: TableCodec, partition: Key): Buffer {
  return table.keys.range(partition, [], undefined, undefined).end;
}

/** @throws AppError `BAD_ARGS` for a limit outside 1 … SCAN_MAX. */
export function rangeOf(table: TableCodec, partition: Key, range: Range): KeyRange {
  checkLimit(range.limit);
  return table.keys.range(partition, range.prefix ?? [], range.from, range.to);
}

/** @throws Error for a timestamp that is no whole number from 0 to 2^53 − 1. */
export function checkTimestamp({ timestamp }: Write): void {
  if (!Number.isSafeInteger(timestamp) || timestamp < 0)
    throw new Error(`timestamp ${timestamp} is not a whole number`);
}
