import { AppError } from "@guildhall/kernel";
import { CommitRefused, Commits } from "@guildhall/lmdb";
import type { RootDatabase } from "lmdb";
import { type AllRows, ROWS_PAGE, type StoredRow, storedRow } from "./all-rows.ts";
import { type Meta, openStoreFiles, type Rows, type StoreFiles } from "./lmdb-files.ts";
import { DELETED, seal, unseal } from "./sealed-row.ts";
import type { Range, Store, Write } from "./store.ts";
import { type Key, partitionKeyOf, type Table } from "./table.ts";
import { checkLimit, checkTimestamp, endOf, find, rangeOf, type TableCodec, tableCodecs } from "./table-codec.ts";

export { type RowValues, rewriteRows } from "./lmdb-rewrite.ts";

const FLUSH_ROW = "flush";

export type LmdbStoreOptions = {
  /** A folder of its own, which no other process has open. */
  readonly path: string;
  readonly tables: readonly Table[];
  /**
   * Called once, after an I/O error. The store refuses everything from then on: only a new process can trust
   * what it reads.
   */
  readonly onBroken?: (error: unknown) => void;
};

/**
 * The store in an LMDB environment of its own. A write is answered when it is committed and readers see it;
 * it is on disk some milliseconds later, or after `flush`. Reads run at once, on the caller's thread.
 *
 * @throws AppError `INTERNAL` when the folder cannot be opened or its format is unknown.
 */
export async function lmdbStore(options: LmdbStoreOptions): Promise<Store & AllRows> {
  const codecs = tableCodecs(options.tables);
  const { root, meta, rows } = await openStoreFiles(options.path, [...codecs.keys()]);
  const tables = new Map<string, OpenTable>();
  for (const [name, codec] of codecs) tables.set(name, { ...codec, db: find(rows, name) });
  return new LmdbStore({ root, meta }, tables, new Commits(root, options.onBroken ?? (() => {})));
}

type OpenTable = TableCodec & { readonly db: Rows };

/** One write, ready for lmdb. */
type Cell = { readonly table: OpenTable; readonly key: Buffer; readonly timestamp: number; readonly stored: Buffer };

class LmdbStore implements Store, AllRows {
  readonly #root: RootDatabase;
  readonly #meta: Meta;
  readonly #tables: ReadonlyMap<string, OpenTable>;
  readonly #commits: Commits;
  #closed = false;

  constructor({ root, meta }: Omit<StoreFiles, "rows">, tables: ReadonlyMap<string, OpenTable>, commits: Commits) {
    this.#root = root;
    this.#meta = meta;
    this.#tables = tables;
    this.#commits = commits;
  }

  async get<Row extends object>({ name }: Table<Row>, key: Key): Promise<Row | undefined> {
    const table = find(this.#tables, name);
    const bytes = table.keys.row(key);
    return this.#read(() => {
      const stored = table.db.getBinary(bytes);
      return stored === undefined ? undefined : rowOf<Row>(table, bytes, stored);
    });
  }

  async scan<Row extends object>({ name }: Table<Row>, partition: Key, range: Range): Promise<Row[]> {
    const table = find(this.#tables, name);
    const { start, end } = rangeOf(table, partition, range);
    const direction =
      range.reverse === true ? { start: end, end: start, reverse: true, inclusiveEnd: true } : { start, end };
    return this.#read(() => {
      const found: Row[] = [];
      for (const { key, value } of table.db.getRange(direction)) {
        const row = rowOf<Row>(table, key, value);
        if (row !== undefined) found.push(row);
        if (found.length === range.limit) break;
      }
      return found;
    });
  }

  async *rows(declared: Table<never>): AsyncGenerator<readonly StoredRow[]> {
    const table = find(this.#tables, declared.name);
    for (let after: Buffer | undefined; ; ) {
      const from = after;
      const page = this.#read(() => pageOf(table, declared as Table, from));
      if (page.rows.length > 0) yield page.rows;
      if (page.last === undefined) return;
      after = page.last;
    }
  }

  async partitionKeys<Row extends object>(declared: Table<Row>, after: Key | undefined, limit: number): Promise<Key[]> {
    checkLimit(limit);
    const table = find(this.#tables, declared.name);
    return this.#read(() => {
      const found: Key[] = [];
      for (let last = after; found.length < limit; last = found.at(-1)) {
        const row = firstRow<Row>(table, last === undefined ? {} : { start: endOf(table, last) });
        if (row === undefined) break;
        found.push(partitionKeyOf(declared, row));
      }
      return found;
    });
  }

  async write(writes: readonly Write[]): Promise<void> {
    // Everything that can be refused is refused here: lmdb keeps what a transaction did before it threw.
    const cells = writes.map((write) => prepare(find(this.#tables, write.table), write));
    this.#checkOpen();
    if (cells.length > 0) await this.#commit(() => this.#root.transaction(() => apply(cells)));
  }

  async flush(): Promise<void> {
    this.#checkOpen();
    await this.#flush();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#commits.idle();
    // What cannot be flushed is lost as in a crash. lmdb's closing would then wait for a batch that never settles.
    const flushed = this.#commits.broken === undefined && (await this.#tryFlush());
    this.#commits.stop();
    if (flushed) await this.#root.close();
  }

  /**
   * Writes a row of its own, because lmdb's `flushed` never settles for a batch that failed: a failure of
   * this one shows in the put; that of the page which makes it last, afterwards.
   */
  async #flush(): Promise<void> {
    await this.#commit(() => Promise.all([this.#meta.put(FLUSH_ROW, ""), this.#root.flushed]));
    const cause = this.#commits.check();
    if (cause !== undefined) throw new AppError("UNAVAILABLE", "the store could not flush", { cause });
  }

  /** A store's write may come twice, so whatever became of it is: repeat it. @throws AppError `UNAVAILABLE`, `INTERNAL`. */
  async #commit(work: () => PromiseLike<unknown>): Promise<void> {
    try {
      await this.#commits.run(work);
    } catch (cause) {
      const refused = cause instanceof CommitRefused || (cause instanceof AppError && cause.code === "OUTCOME_UNKNOWN");
      throw refused ? new AppError("UNAVAILABLE", "the store could not write", { cause }) : cause;
    }
  }

  async #tryFlush(): Promise<boolean> {
    try {
      await this.#flush();
      return true;
    } catch {
      return false;
    }
  }

  /** @throws AppError `UNAVAILABLE` when it is the environment that cannot be read. */
  #read<T>(work: () => T): T {
    this.#checkOpen();
    try {
      return work();
    } catch (error) {
      if (this.#commits.check() === undefined) throw error;
      throw new AppError("UNAVAILABLE", "the store is broken", { cause: error });
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new AppError("UNAVAILABLE", "the store is closed");
    const { broken } = this.#commits;
    if (broken !== undefined) throw new AppError("UNAVAILABLE", "the store is broken", { cause: broken });
  }
}

function rowOf<Row extends object>(table: OpenTable, key: Buffer, stored: Buffer): Row | undefined {
  const { row } = unseal(table.name, key, stored);
  return row.length === 0 ? undefined : (table.rows.decode(row) as Row);
}

/** Rows after key `after`, and the last key that was looked at while there may be more. */
function pageOf(table: OpenTable, declared: Table, after: Buffer | undefined) {
  const rows: StoredRow[] = [];
  let seen = 0;
  let last: Buffer | undefined;
  const start = after === undefined ? {} : { start: Buffer.concat([after, Buffer.from([0])]) };
  for (const { key, value } of table.db.getRange({ ...start, limit: ROWS_PAGE })) {
    const { row, timestamp } = unseal(table.name, key, value);
    if (row.length > 0) rows.push(storedRow(declared, table.rows.decode(row), timestamp));
    last = Buffer.from(key);
    seen += 1;
  }
  return { rows, last: seen < ROWS_PAGE ? undefined : last };
}

function firstRow<Row extends object>(table: OpenTable, range: { readonly start?: Buffer }): Row | undefined {
  for (const { key, value } of table.db.getRange(range)) {
    const row = rowOf<Row>(table, key, value);
    if (row !== undefined) return row;
  }
  return undefined;
}

function prepare(table: OpenTable, write: Write): Cell {
  checkTimestamp(write);
  const key = table.keys.row(write.key);
  const row = write.row === null ? DELETED : table.rows.encode(write.key, write.row);
  return { table, key, timestamp: write.timestamp, stored: seal(key, write.timestamp, row) };
}

/** All comparisons come before the first put, so that a damaged row fails the batch whole. */
function apply(cells: readonly Cell[]): void {
  const newer = cells.filter(({ table, key, timestamp }) => {
    const stored = table.db.getBinary(key);
    return stored === undefined || unseal(table.name, key, stored).timestamp < timestamp;
  });
  newer.sort((a, b) => a.timestamp - b.timestamp);
  for (const { table, key, stored } of newer) void table.db.put(key, stored);
}
