import type { Key, KeyPart, Table } from "./table.ts";

export * from "./table.ts";

/**
 * One change of a row, `row` null to delete it. The newest `timestamp` a row has seen wins, whatever the
 * order of arrival: repeating a write, or a late one, changes nothing. A put replaces the whole row. Two calls
 * never bring different contents of one row under one timestamp.
 */
export type Write = {
  readonly table: string;
  readonly key: Key;
  readonly row: Readonly<Record<string, unknown>> | null;
  /** Rises with the journal: epoch × 2^40 + position. */
  readonly timestamp: number;
};

/** A stretch of one partition by its first clustering column after `prefix`; both ends included. */
export type Range = {
  /** Values of leading clustering columns that are fixed. */
  readonly prefix?: readonly KeyPart[];
  readonly from?: KeyPart;
  readonly to?: KeyPart;
  /** Highest first. */
  readonly reverse?: boolean;
  /** At most 1,000. */
  readonly limit: number;
};

/** The largest `Range.limit`. */
export const SCAN_MAX = 1_000;

/**
 * Rows by partition and clustering key. Losing the newest writes in a crash is allowed, losing older
 * ones or mixing them is not: the journal brings the newest back.
 */
export interface Store extends AsyncDisposable {
  /** @throws AppError `UNAVAILABLE`; `INTERNAL` when the row fails its checksum. */
  get<Row extends object>(table: Table<Row>, key: Key): Promise<Row | undefined>;

  /** Rows of one partition in clustering order. @throws as `get`. */
  scan<Row extends object>(table: Table<Row>, partition: Key, range: Range): Promise<Row[]>;

  /**
   * Partition keys of a table that have rows, each once, in an order of the store's own: at most `limit` (up to
   * SCAN_MAX) after `after`, fewer only at the end. It goes through a whole table: for repairs, never to serve anybody.
   * @throws as `get`.
   */
  partitionKeys<Row extends object>(table: Table<Row>, after: Key | undefined, limit: number): Promise<Key[]>;

  /**
   * Applies `writes`. Who sees the last of them sees all of them. @throws AppError `UNAVAILABLE`: some may be
   * applied; repeat it.
   */
  write(writes: readonly Write[]): Promise<void>;

  /** Resolves once everything written before it survives a power cut. */
  flush(): Promise<void>;
}

/** The timestamp of a record's writes. Positions stay below 2^40, epochs below 2^13. */
export function timestampOf(epoch: number, position: number): number {
  return epoch * 2 ** 40 + position;
}
