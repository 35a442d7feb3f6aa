import { createHash } from "node:crypto";
import type { Context, Emission, Emitted, Handler, Query, Reader, RowKey, Tx } from "@guildhall/entity";
import { AppError, makeNonce } from "@guildhall/kernel";
import { type ColumnType, type Key, type KeyPart, keyOf, type Range, type Table } from "@guildhall/store";
import { rowOfEntry, TIMELINE, type TimelineRow } from "@guildhall/timeline";

type Row = Readonly<Record<string, unknown>>;
type Rows = Map<string, Map<string, Row>>;

/** Every timeline row of a bench is in this bucket. */
const BUCKET = 1;

/** One entity in memory, for tests of handlers and queries. It holds them to what the owner of entities asks. */
export interface MemoryEntity {
  readonly g: number;
  /** Time for the next command, ms. */
  nowMs: number;
  /** What was shown, oldest first, as it was then. */
  readonly events: readonly TimelineRow[];
  /** The newest permission version. */
  readonly pv: number;
  readonly reader: Reader;
  /**
   * Runs a command of `actor`, who gave a password just now. All that it changes happens together, or nothing but
   * what it keeps of its refusal.
   * @throws what the handler refuses with; Error for a row that `reads` did not name, a row that does not fit
   * its table, and a second event.
   */
  run<Args>(handler: Handler<Args>, args: Args, actor: number, ctx?: Partial<Context>): unknown;
  ask<Args>(query: Query<Args>, args: Args, actor?: number): Promise<unknown>;
  get<R extends object>(table: Table<R>, ...key: readonly KeyPart[]): R | undefined;
  put<R extends object>(table: Table<R>, row: R): void;
  /** All rows of a table in the order they first came. */
  all<R extends object>(table: Table<R>): R[];
  /** Every row of every table, to compare. */
  snapshot(): unknown;
}

export function memoryEntity(g: number, startMs = 1_700_000_000_000): MemoryEntity {
  const tables: Rows = new Map();
  const events: TimelineRow[] = [];
  const paces = new Map<number, number>();
  let messages = 0;
  let pv = 0;

  function rowsOf(table: Pick<Table, "name">): Map<string, Row> {
    const rows = tables.get(table.name) ?? new Map<string, Row>();
    tables.set(table.name, rows);
    return rows;
  }

  function commit({ staged, emission }: Pending, ctx: Context, at: number): void {
    for (const { name, key, row } of staged) {
      if (row === null) rowsOf({ name }).delete(key);
      else rowsOf({ name }).set(key, row);
    }
    if (emission === undefined) return;
    const s = events.length + 1;
    if (emission.counts === true) messages += 1;
    const pp = emission.permission === true ? pv : -1;
    if (emission.permission === true) pv = s;
    const shown = eventRow(emission, ctx, { s, at, m: messages, pv, pp });
    if (emission.paceForMs !== undefined) paces.set(ctx.actor, at);
    events.push(shown);
    rowsOf(TIMELINE).set(keyText(TIMELINE, keyOf(TIMELINE, shown)), shown);
  }

  const bench: MemoryEntity = {
    g,
    nowMs: startMs,
    events,
    get pv() {
      return pv;
    },
    reader: readerOf(rowsOf),

    run(handler, args, actor, more = {}) {
      const nowMs = Math.max(bench.nowMs, (events.at(-1)?.at ?? 0) + 1);
      const paceMs = paces.get(actor) ?? 0;
      const ctx = {
        g,
        lane: 0,
        actor,
        device: "",
        authMs: nowMs,
        nowMs,
        as: 0,
        why: "",
        nonce: makeNonce(nowMs),
        paceMs,
        ...more,
      } as const;
      const begin = () => transaction(rowsOf, handler.reads(args, ctx), { seq: events.length + 1, atMs: nowMs }, pv);
      const { tx, ...outcome } = outcomeOf(handler, args, ctx, begin);
      commit(tx, ctx, nowMs);
      if ("error" in outcome) throw outcome.error;
      return outcome.result;
    },

    ask: (query, args, actor = 0) => query(bench.reader, args, { g, actor, nowMs: bench.nowMs }),
    get: (table, ...key) => rowsOf(table).get(keyText(table, key)) as never,
    put: (table, row) => void rowsOf(table).set(keyText(table, keyOf(table, row)), fitting(table, row)),
    all: (table) => [...rowsOf(table).values()] as never,
    snapshot: () =>
      new Map([...tables].filter(([, rows]) => rows.size > 0).map(([name, rows]) => [name, new Map(rows)])),
  };
  return bench;
}

type Ended = { readonly tx: Pending } & ({ readonly result: unknown } | { readonly error: unknown });

/** What the handler came to, with the transaction to commit: its own, or that of what it keeps of a refusal. */
function outcomeOf<Args>(handler: Handler<Args>, args: Args, ctx: Context, begin: () => Pending): Ended {
  const tx = begin();
  try {
    return { tx, result: handler.run(tx, args, ctx) };
  } catch (error) {
    const kept = begin();
    if (error instanceof AppError) handler.refused?.(kept, args, ctx, error);
    return { tx: kept, error };
  }
}

/** As `Tx.digest`. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

type Staged = { readonly name: string; readonly key: string; readonly row: Row | null };
/** A transaction with what it has gathered. */
interface Pending extends Tx {
  readonly staged: Staged[];
  emission?: Emission;
}

function transaction(
  rowsOf: (table: Pick<Table, "name">) => Map<string, Row>,
  reads: readonly RowKey[],
  place: Emitted,
  pv: number,
): Pending {
  const staged: Staged[] = [];
  const named = new Set(reads.map(([table, key]) => `${table.name} ${keyText(table, key)}`));
  return {
    staged,
    next: place.seq,
    pv,
    get(table, ...key) {
      const text = keyText(table, key);
      if (!named.has(`${table.name} ${text}`)) throw new Error(`reads does not name ${table.name} ${text}`);
      const changed = staged.findLast((write) => write.name === table.name && write.key === text);
      return (changed === undefined ? rowsOf(table).get(text) : (changed.row ?? undefined)) as never;
    },
    put(table, row) {
      staged.push({ name: table.name, key: keyText(table, keyOf(table, row)), row: fitting(table, row) });
    },
    delete(table, ...key) {
      staged.push({ name: table.name, key: keyText(table, key), row: null });
    },
    digest: sha256,
    emit(emission) {
      if (this.emission !== undefined) throw new Error("a second event");
      this.emission = frozen(emission);
      return place;
    },
  };
}

function readerOf(rowsOf: (table: Pick<Table, "name">) => Map<string, Row>): Reader {
  return {
    get: async (table, ...key) => rowsOf(table).get(keyText(table, key)) as never,
    scan: async <R extends object>(table: Table<R>, partition: Key, range: Range) => {
      const rows = [...rowsOf(table).values()] as R[];
      const column = table.clustering[range.prefix?.length ?? 0];
      if (column === undefined) throw new Error(`${table.name} has no such clustering column`);
      const found = rows
        .filter((row) =>
          [...partition, ...(range.prefix ?? [])].every((part, index) => keyOf(table, row)[index] === part),
        )
        .filter((row) => range.from === undefined || (row[column] as KeyPart) >= range.from)
        .filter((row) => range.to === undefined || (row[column] as KeyPart) <= range.to)
        .sort((a, b) => ((a[column] as KeyPart) < (b[column] as KeyPart) ? -1 : 1));
      if (range.reverse === true) found.reverse();
      return found.slice(0, range.limit);
    },
  };
}

function eventRow(
  emission: Emission,
  ctx: Context,
  { s, at, m, pv, pp }: { s: number; at: number; m: number; pv: number; pp: number },
): TimelineRow {
  const { g, lane: l, actor: u, device: dev, why } = ctx;
  const as = emission.attributed === true ? 2 : ctx.as;
  const { kind: k, body: b, re = 0, mn = null } = emission;
  const place = { g, l, bk: BUCKET, bb: 0, s, at, m, pv, pp };
  return rowOfEntry({ ...place, u, dev, as, k, n: null, h: null, b, re, mn, why, w: [] });
}

/** A command asks for a row of the timeline in bucket 0, as it cannot know the bucket. */
function keyText<R extends object>(table: Table<R>, key: Key): string {
  const real = table.name === TIMELINE.name && key[2] === 0 ? [key[0], key[1], BUCKET, key[3]] : key;
  return JSON.stringify(real);
}

const FITS: Readonly<Record<ColumnType, (value: unknown) => boolean>> = {
  int: (value) => Number.isSafeInteger(value),
  text: (value) => typeof value === "string",
  blob: (value) => value === null || value instanceof Uint8Array,
  bool: (value) => typeof value === "boolean",
  ints: (value) => Array.isArray(value) && value.every((item) => Number.isSafeInteger(item)),
  texts: (value) => Array.isArray(value) && value.every((item) => typeof item === "string"),
  json: (value) => value !== undefined,
};

function fitting<R extends object>(table: Table<R>, row: R): Row {
  const columns = Object.entries<ColumnType>(table.columns);
  for (const [column, type] of columns) {
    if (!FITS[type](row[column as keyof R])) throw new Error(`${table.name}.${column} is no ${type}`);
  }
  if (Object.keys(row).length !== columns.length) throw new Error(`${table.name}: a row with other columns`);
  return frozen(row) as Row;
}

/** Rows and events are shared, so that whoever changes one in place is found out. */
function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  for (const part of Object.values(value)) frozen(part);
  return Object.freeze(value);
}
