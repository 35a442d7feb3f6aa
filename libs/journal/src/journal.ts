/** One record as a reader gets it. `data` is the reader's own. */
export type JournalItem = { readonly position: number; readonly data: Uint8Array };

/**
 * The redo log: what is in it has happened. One row of records a partition, at positions 1, 2, 3 …
 * without holes, each appended under a fence.
 *
 * `append` is never retried by an adapter. Reading runs in the order of positions.
 */
export interface Journal extends AsyncDisposable {
  /**
   * Appends `data` at `expected` + 1, if `expected` is the partition's last position. Resolves with
   * that position once the record is durable (fsynced). The buffer is the caller's again at once.
   *
   * @throws AppError `CONFLICT` when another record is, or is about to be, at that position: nothing was
   *   appended; `UNAVAILABLE` when it was certainly not appended; `OUTCOME_UNKNOWN` when it may have been.
   */
  append(partition: number, expected: number, data: Uint8Array): Promise<number>;

  /**
   * At most `limit` records from position `from` on; fewer only at the end.
   *
   * @throws AppError `INTERNAL` when a record fails its checksum; `NOT_FOUND` when `from` has been purged.
   */
  read(partition: number, from: number, limit: number): Promise<readonly JournalItem[]>;

  /** First and last position kept; `{ first: end + 1, last: end }` when none is. */
  end(partition: number): Promise<{ readonly first: number; readonly last: number }>;

  /** Forgets records before `before`; the last record always stays. */
  purge(partition: number, before: number): Promise<void>;

  /** Bytes kept, all partitions together. */
  bytes(): number;
}
