import { AppError } from "@guildhall/kernel";
import type { Client, types } from "cassandra-driver";
import { type AllRows, ROWS_PAGE, type StoredRow, storedRow } from "./all-rows.ts";
import { connectCassandra, reasonOf } from "./cassandra-client.ts";
import { migrate, untilMigrated } from "./cassandra-schema.ts";
import type { CassandraConfig } from "./cassandra-settings.ts";
import { CassandraTable, type Statement } from "./cassandra-table.ts";
import { SharedReads } from "./shared-reads.ts";
import { type Range, SCAN_MAX, type Store, type Write } from "./store.ts";
import type { Key, Table } from "./table.ts";
import { checkLimit, checkTimestamp, find, rangeOf, type TableCodec, tableCodecs } from "./table-codec.ts";

/** A batch holds rows of one partition: one node's work, one write to its log. */
const BATCH_MAX_ROWS = 50;
/** Below the 50 KiB at which the server refuses a batch. A row alone may be larger. */
const BATCH_MAX_BYTES = 32 * 1024;
/** Batches on their way to the server, and writes that wait for a place among them: at the bound UNAVAILABLE. */
const IN_FLIGHT_MAX = 64;
const WAITING_MAX = 100_000;
/**
 * A write is sent in about so many rounds, at least so many batches at a time: what arrives at once keeps the server
 * from answering reads, and a write that has gathered much must not take long.
 */
const ROUNDS = 8;
const LANES_MIN = 2;
/** Rows made ready in one turn of the event loop. */
const ROWS_A_TURN = 150;
/** Kinds of reads under way. At the bound others are refused. */
const READS_MAX = 1_024;

export type CassandraOptions = {
  readonly config: CassandraConfig;
  readonly tables: readonly Table[];
  /** Whether this process may change the schema; one that may not waits until another has. */
  readonly changesSchema: boolean;
  /** Has the server trace every read, for measuring: what it did is in `system_traces` under the id. */
  readonly onTraced?: (traced: { readonly query: string; readonly traceId: string }) => void;
};

/**
 * The store on Cassandra. Rows of one partition go together in unlogged batches with the timestamp of their record;
 * everything may be repeated. Equal reads at the same time share answers.
 *
 * @throws AppError `UNAVAILABLE` when no node answers; `CONFLICT` when a table is there and is not as declared, or the schema is that of a newer version.
 */
export async function cassandraStore(options: CassandraOptions): Promise<Store & AllRows> {
  const { config, tables, changesSchema, onTraced } = options;
  const codecs = tableCodecs(tables);
  const client = await connectCassandra(config);
  try {
    await (changesSchema ? migrate : untilMigrated)(client, config, tables);
  } catch (cause) {
    await client.shutdown().catch(() => {});
    if (cause instanceof AppError) throw cause;
    throw new AppError("UNAVAILABLE", `Cassandra schema: ${reasonOf(cause)}`, { cause });
  }
  const open = new Map<string, OpenTable>();
  for (const table of tables) {
    open.set(table.name, { ...find(codecs, table.name), cql: new CassandraTable(config.keyspace, table) });
  }
  return new CassandraStore(client, open, onTraced);
}

type OpenTable = TableCodec & { readonly cql: CassandraTable };

/** One write, ready for the server. */
type Cell = { readonly partition: string; readonly row: string; readonly timestamp: number } & Statement;

class CassandraStore implements Store, AllRows {
  readonly #client: Client;
  readonly #tables: ReadonlyMap<string, OpenTable>;
  readonly #onTraced: CassandraOptions["onTraced"];
  /** By statement and values. */
  readonly #reads = new SharedReads<types.ResultSet>();
  readonly #waiting: (() => void)[] = [];
  readonly #writes = new Set<Promise<void>>();
  #inFlight = 0;
  #closed = false;

  constructor(client: Client, tables: ReadonlyMap<string, OpenTable>, onTraced: CassandraOptions["onTraced"]) {
    this.#client = client;
    this.#tables = tables;
    this.#onTraced = onTraced;
  }

  async get<Row extends object>({ name }: Table<Row>, key: Key): Promise<Row | undefined> {
    const table = find(this.#tables, name);
    table.keys.row(key);
    const { rows } = await this.#read(table.cql.get(key));
    return rows[0] === undefined ? undefined : (table.cql.row(rows[0]) as Row);
  }

  async scan<Row extends object>({ name }: Table<Row>, partition: Key, range: Range): Promise<Row[]> {
    const table = find(this.#tables, name);
    rangeOf(table, partition, range);
    const { rows } = await this.#read(table.cql.scan(partition, range));
    return rows.map((row) => table.cql.row(row) as Row);
  }

  async *rows(declared: Table<never>): AsyncGenerator<readonly StoredRow[]> {
    const { cql } = find(this.#tables, declared.name);
    let pageState: string | undefined;
    do {
      this.#checkOpen();
      const page = { fetchSize: ROWS_PAGE, ...(pageState === undefined ? {} : { pageState }) };
      const result = await this.#client.execute(cql.all, [], page).catch((cause: unknown) => {
        throw unavailable(cause);
      });
      const rows = result.rows.map((row) => storedRow(declared as Table, cql.row(row), cql.timestampOf(row)));
      if (rows.length > 0) yield rows;
      pageState = result.pageState ?? undefined;
    } while (pageState !== undefined);
  }

  async partitionKeys<Row extends object>({ name }: Table<Row>, after: Key | undefined, limit: number): Promise<Key[]> {
    checkLimit(limit);
    const { cql } = find(this.#tables, name);
    const { rows } = await this.#read(cql.partitionKeys(after, limit));
    return rows.map((row) => cql.partitionKey(row));
  }

  async write(writes: readonly Write[]): Promise<void> {
    this.#checkOpen();
    const writing = this.#prepareAndWrite(writes);
    this.#writes.add(writing);
    await writing.finally(() => this.#writes.delete(writing));
  }

  async flush(): Promise<void> {
    this.#checkOpen();
    await Promise.allSettled(this.#writes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.allSettled(this.#writes);
    await this.#client.shutdown();
  }

  #cell(write: Write): Cell {
    const table = find(this.#tables, write.table);
    checkTimestamp(write);
    const row = `${table.name}/${table.keys.row(write.key).toString("latin1")}`;
    if (write.row !== null) table.rows.encode(write.key, write.row);
    const { timestamp } = write;
    return { partition: table.cql.partitionOf(write.key), row, timestamp, ...table.cql.write(write) };
  }

  /** Everything that can be refused is refused before anything is sent. Others have their turn while much is prepared. */
  async #prepareAndWrite(writes: readonly Write[]): Promise<void> {
    const cells: Cell[] = [];
    for (const write of writes) {
      cells.push(this.#cell(write));
      if (cells.length % ROWS_A_TURN === 0) await nextTurn();
    }
    const last = cells.at(-1);
    if (last !== undefined) await this.#writeAll(newestOf(cells), last);
  }

  /** The last write goes when all others are there: it may say that they are. */
  async #writeAll(cells: readonly Cell[], last: Cell): Promise<void> {
    const others = cells.filter((cell) => cell.row !== last.row);
    const batches = batchesOf(others);
    const lanes = Math.max(LANES_MIN, Math.ceil(batches.length / ROUNDS));
    const failed: unknown[] = [];
    const left = batches.values();
    const sendNext = async (): Promise<void> => {
      for (const batch of left) {
        await this.#send(batch).catch((cause: unknown) => failed.push(cause));
        // All of it comes again.
        if (failed.length > 0) return;
      }
    };
    await Promise.all(Array.from({ length: Math.min(lanes, batches.length) }, sendNext));
    if (failed.length > 0) throw unavailable(failed[0]);
    const closing = cells.find((cell) => cell.row === last.row) ?? last;
    await this.#send([closing]).catch((cause: unknown) => {
      throw unavailable(cause);
    });
  }

  async #send(batch: readonly Statement[]): Promise<void> {
    if (this.#inFlight >= IN_FLIGHT_MAX) {
      if (this.#waiting.length >= WAITING_MAX) throw new AppError("UNAVAILABLE", "too many writes wait for Cassandra");
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.#inFlight++;
    try {
      const [only] = batch;
      if (batch.length === 1 && only !== undefined) await this.#client.execute(only.query, only.params);
      else await this.#client.batch([...batch], { logged: false, prepare: true, isIdempotent: true });
    } finally {
      this.#inFlight--;
      this.#waiting.shift()?.();
    }
  }

  async #read(statement: Statement): Promise<types.ResultSet> {
    this.#checkOpen();
    const key = `${statement.query}/${statement.params.map(String).join("/")}`;
    if (!this.#reads.has(key) && this.#reads.size >= READS_MAX)
      throw new AppError("UNAVAILABLE", `${READS_MAX} reads are under way`);
    return this.#reads.run(key, () => this.#ask(statement));
  }

  async #ask({ query, params }: Statement): Promise<types.ResultSet> {
    const traceQuery = this.#onTraced !== undefined;
    try {
      const result = await this.#client.execute(query, params, { fetchSize: SCAN_MAX, traceQuery });
      if (traceQuery) this.#onTraced?.({ query, traceId: String(result.info.traceId) });
      return result;
    } catch (cause) {
      throw unavailable(cause);
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new AppError("UNAVAILABLE", "the store is closed");
  }
}

/** Of several writes of a row the newest, of equally new ones the last. */
function newestOf(cells: readonly Cell[]): Cell[] {
  const newest = new Map<string, Cell>();
  for (const cell of cells) {
    const known = newest.get(cell.row);
    if (known === undefined || known.timestamp <= cell.timestamp) newest.set(cell.row, cell);
  }
  return [...newest.values()];
}

function batchesOf(cells: readonly Cell[]): Cell[][] {
  const byPartition = new Map<string, Cell[][]>();
  const sizes = new Map<Cell[], number>();
  for (const cell of cells) {
    const batches = byPartition.get(cell.partition) ?? [];
    byPartition.set(cell.partition, batches);
    const bytes = bytesOf(cell);
    let batch = batches.at(-1);
    const held = batch === undefined ? 0 : (sizes.get(batch) ?? 0);
    if (batch === undefined || batch.length >= BATCH_MAX_ROWS || held + bytes > BATCH_MAX_BYTES) {
      batch = [];
      batches.push(batch);
    }
    sizes.set(batch, (batch.length === 0 ? 0 : held) + bytes);
    batch.push(cell);
  }
  return [...byPartition.values()].flat();
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** About what a statement's values take. */
function bytesOf({ params }: Statement): number {
  let bytes = 0;
  for (const value of params) bytes += typeof value === "string" || value instanceof Buffer ? value.length : 8;
  return bytes;
}

function unavailable(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  return new AppError("UNAVAILABLE", `Cassandra: ${reasonOf(cause)}`, { cause });
}
