import type { Reader } from "@guildhall/entity";
import { seeded } from "@guildhall/kernel/seeded";
import type { RowWrite } from "@guildhall/proto";
import { type Key, type KeyPart, type Range, SCAN_MAX, type Table } from "@guildhall/store";
import type { Reads } from "./prompt-reads.ts";

/** Stored rows kept in memory, a partition. Above it the longest unused ones leave. */
const ROWS_MAX = 50_000;
/** With a rule switched off, rows leave above this number, stored or not. */
const SHORT_MAX = 16;
/** A stored row untouched this long may leave: longer than any read of the store that is under way. */
const ROW_IDLE_MS = 30_000;

type Held = {
  readonly table: string;
  readonly key: Key;
  row: object | null;
  /** Position of the record that last wrote it; 0 for a row as loaded. */
  position: number;
  usedMs: number;
};

export function rowId(table: string, key: Key): string {
  let id = table;
  for (let i = 0; i < key.length; i++) id += `\u0000${key[i]}`;
  return id;
}

/**
 * The newest rows of one partition: everything decided and not yet stored, and what was loaded. A term
 * has one and forgets it with itself.
 */
export class Rows implements Reader {
  readonly #store: Reads;
  readonly #nowMs: () => number;
  readonly #held = new Map<string, Held>();
  /** Rows not stored yet, by table and first key column, for scans. */
  readonly #unstored = new Map<string, Map<string, Held>>();
  /** Rows that were looked for and are not there: as many as somebody makes up. */
  readonly #absent = new Set<string>();
  #stored = 0;

  constructor(store: Reads, stored: number, nowMs: () => number) {
    this.#store = store;
    this.#stored = stored;
    this.#nowMs = nowMs;
  }

  get size(): number {
    return this.#held.size;
  }

  /** What can be said of a row without I/O: null where there is none, undefined where it has to be loaded. */
  known(id: string): object | null | undefined {
    const held = this.#held.get(id);
    if (held === undefined) return undefined;
    held.usedMs = this.#nowMs();
    return held.row;
  }

  /** The row, if it is in memory and there is one. */
  peek(table: string, key: Key): object | undefined {
    const held = this.#held.get(rowId(table, key));
    if (held === undefined) return undefined;
    held.usedMs = this.#nowMs();
    return held.row ?? undefined;
  }

  /** Takes a decided write. `position`: that of the record it goes into. */
  apply([table, key, row]: RowWrite, position: number): void {
    if (seeded("rule-10-keep-unstored") && this.#held.size > SHORT_MAX) {
      this.#held.clear();
      this.#unstored.clear();
    }
    const id = rowId(table, key);
    const held = this.#held.get(id);
    const next: Held = held ?? { table, key, row, position, usedMs: 0 };
    next.row = row;
    next.position = position;
    next.usedMs = this.#nowMs();
    if (held === undefined) this.#held.set(id, next);
    const group = groupOf(table, key[0]);
    let rows = this.#unstored.get(group);
    if (rows === undefined) {
      rows = new Map();
      this.#unstored.set(group, rows);
    }
    rows.set(id, next);
  }

  /** The store now has everything up to `position`; `written` are the rows that came with it. */
  stored(position: number, written: readonly RowWrite[]): void {
    this.#stored = position;
    for (const [table, key] of written) {
      const group = groupOf(table, key[0]);
      const rows = this.#unstored.get(group);
      const id = rowId(table, key);
      if ((rows?.get(id)?.position ?? 0) > position) continue;
      rows?.delete(id);
      if (rows?.size === 0) this.#unstored.delete(group);
    }
  }

  /** Lets go of stored rows that have not been used, if there are too many. */
  sweep(): void {
    const limitMs = this.#nowMs() - ROW_IDLE_MS;
    for (const id of this.#absent) {
      const held = this.#held.get(id);
      const isLoaded = held?.position === 0;
      if (isLoaded && held.usedMs >= limitMs) continue;
      this.#absent.delete(id);
      // One that was written since is no row that is not there.
      if (isLoaded) this.#held.delete(id);
    }
    for (const [id, held] of this.#held) {
      if (this.#held.size <= ROWS_MAX) return;
      if (held.position <= this.#stored && held.usedMs < limitMs) this.#held.delete(id);
    }
  }

  /** The rows used since `sinceMs`, the last used first. */
  used(sinceMs: number): RowWrite[] {
    const used = [...this.#held.values()].filter(({ usedMs }) => usedMs >= sinceMs);
    return used.sort((a, b) => b.usedMs - a.usedMs).map(({ table, key, row }) => [table, key, row] as RowWrite);
  }

  /** Takes a row as another owner had it, unless it is here. */
  adopt([table, key, row]: RowWrite): void {
    const id = rowId(table, key);
    if (this.#held.has(id)) return;
    this.#held.set(id, { table, key, row, position: 0, usedMs: this.#nowMs() });
    if (row === null) this.#absent.add(id);
  }

  async load(table: Table<never>, key: Key): Promise<void> {
    const id = rowId(table.name, key);
    if (this.#held.has(id)) return;
    const row = (await this.#store.get(table as Table, key)) ?? null;
    // A command may have written it meanwhile; what was decided is newer than what was stored.
    if (this.#held.has(id)) return;
    this.#held.set(id, { table: table.name, key, row, position: 0, usedMs: this.#nowMs() });
    if (row === null) this.#absent.add(id);
  }

  async get<Row extends object>(table: Table<Row>, ...key: readonly KeyPart[]): Promise<Row | undefined> {
    const held = this.#held.get(rowId(table.name, key));
    if (held !== undefined) return (held.row ?? undefined) as Row | undefined;
    const row = await this.#store.get(table, key);
    const meanwhile = this.#held.get(rowId(table.name, key));
    return meanwhile === undefined ? row : ((meanwhile.row ?? undefined) as Row | undefined);
  }

  async scan<Row extends object>(table: Table<Row>, partition: Key, range: Range): Promise<Row[]> {
    // Taken before and after reading the store: a row that is stored meanwhile is in neither gap.
    const before = this.#within(table, partition, range);
    const limit = Math.min(SCAN_MAX, range.limit + before.size);
    const rows = await this.#store.scan(table, partition, { ...range, limit });
    const byId = new Map<string, Row>();
    const keyOf = (row: Row) => [...table.partition, ...table.clustering].map((column) => row[column] as KeyPart);
    for (const row of rows) byId.set(rowId(table.name, keyOf(row)), row);
    for (const overlay of [before, this.#within(table, partition, range)]) {
      for (const [id, row] of overlay) {
        if (row === null) byId.delete(id);
        else byId.set(id, row as Row);
      }
    }
    const cut = rows.length === limit ? rows.at(-1) : undefined;
    const order = (a: Row, b: Row) => compareKeys(keyOf(a), keyOf(b)) * (range.reverse === true ? -1 : 1);
    return [...byId.values()]
      .filter((row) => cut === undefined || order(row, cut) <= 0)
      .sort(order)
      .slice(0, range.limit);
  }

  #within<Row extends object>(table: Table<Row>, partition: Key, range: Range): Map<string, object | null> {
    const found = new Map<string, object | null>();
    for (const [id, held] of this.#unstored.get(groupOf(table.name, partition[0])) ?? []) {
      const prefix = [...partition, ...(range.prefix ?? [])];
      if (!prefix.every((part, i) => held.key[i] === part)) continue;
      const at = held.key[prefix.length];
      if (at !== undefined && range.from !== undefined && comparePart(at, range.from) < 0) continue;
      if (at !== undefined && range.to !== undefined && comparePart(at, range.to) > 0) continue;
      found.set(id, held.row);
    }
    return found;
  }
}

function groupOf(table: string, first: KeyPart | undefined): string {
  return `${table}\u0000${first ?? ""}`;
}

function comparePart(a: KeyPart, b: KeyPart): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function compareKeys(a: Key, b: Key): number {
  for (let i = 0; i < a.length; i++) {
    const order = comparePart(a[i] ?? "", b[i] ?? "");
    if (order !== 0) return order;
  }
  return 0;
}
