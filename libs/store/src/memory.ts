import { AppError } from "@guildhall/kernel";
import { type AllRows, ROWS_PAGE, type StoredRow, storedRow } from "./all-rows.ts";
import type { Range, Store, Write } from "./store.ts";
import { type Key, partitionKeyOf, type Table } from "./table.ts";
import { checkLimit, checkTimestamp, endOf, find, rangeOf, type TableCodec, tableCodecs } from "./table-codec.ts";

type Call = "get" | "scan" | "write" | "flush" | "rows";

export type MemoryStoreOptions = {
  /** Runs before each call; a test may delay it there, or throw what the call shall throw. */
  readonly before?: (call: Call) => void | Promise<void>;
};

/** `bytes` undefined: the row is deleted, and its timestamp still stops older writes. */
type Cell = { readonly key: string; readonly timestamp: number; readonly bytes: Uint8Array | undefined };

/** One table: cells by key, one character a byte, and sorted by key for as long as no new key came. */
type Cells = TableCodec & { readonly byKey: Map<string, Cell>; sorted: readonly Cell[] | undefined };

/** A store in memory, gone with the process; it keeps rows as bytes, so nobody shares a value with it. */
export function memoryStore(declared: readonly Table[], options: MemoryStoreOptions = {}): Store & AllRows {
  const tables = new Map<string, Cells>();
  for (const [name, codec] of tableCodecs(declared))
    tables.set(name, { ...codec, byKey: new Map(), sorted: undefined });
  let closed = false;

  async function enter(call: Call): Promise<void> {
    await options.before?.(call);
    if (closed) throw new AppError("UNAVAILABLE", "the store is closed");
  }

  function read<Row extends object>(table: Cells, cell: Cell | undefined): Row | undefined {
    return cell?.bytes === undefined ? undefined : (table.rows.decode(cell.bytes.slice()) as Row);
  }

  return {
    async get<Row extends object>({ name }: Table<Row>, key: Key) {
      const table = find(tables, name);
      const id = table.keys.row(key).toString("latin1");
      await enter("get");
      return read<Row>(table, table.byKey.get(id));
    },

    async scan<Row extends object>({ name }: Table<Row>, partition: Key, range: Range) {
      const table = find(tables, name);
      const { start, end } = rangeOf(table, partition, range);
      await enter("scan");
      const [low, high] = [start.toString("latin1"), end.toString("latin1")];
      const sorted = sortedCells(table);
      const within = sorted.slice(indexOf(sorted, low), indexOf(sorted, high));
      const cells = within.filter((cell) => cell.bytes !== undefined);
      if (range.reverse === true) cells.reverse();
      return cells.slice(0, range.limit).flatMap((cell) => read<Row>(table, cell) ?? []);
    },

    async *rows(declared: Table<never>): AsyncGenerator<readonly StoredRow[]> {
      const table = find(tables, declared.name);
      await enter("rows");
      const found = [...table.byKey.values()].flatMap((cell) => {
        const row = read<Record<string, unknown>>(table, cell);
        return row === undefined ? [] : [storedRow(declared as Table, row, cell.timestamp)];
      });
      for (let at = 0; at < found.length; at += ROWS_PAGE) yield found.slice(at, at + ROWS_PAGE);
    },

    async partitionKeys<Row extends object>(declared: Table<Row>, after: Key | undefined, limit: number) {
      checkLimit(limit);
      const table = find(tables, declared.name);
      await enter("scan");
      const sorted = sortedCells(table);
      const found: Key[] = [];
      const behind = (key: Key) => indexOf(sorted, endOf(table, key).toString("latin1"));
      for (let at = after === undefined ? 0 : behind(after); at < sorted.length && found.length < limit; ) {
        const row = read<Row>(table, sorted[at]);
        if (row !== undefined) found.push(partitionKeyOf(declared, row));
        at = row === undefined ? at + 1 : behind(partitionKeyOf(declared, row));
      }
      return found;
    },

    async write(writes: readonly Write[]) {
      const cells = writes.map((write) => prepare(find(tables, write.table), write));
      await enter("write");
      const newer = cells.filter(({ table, cell }) => cell.timestamp > (table.byKey.get(cell.key)?.timestamp ?? -1));
      newer.sort((a, b) => a.cell.timestamp - b.cell.timestamp);
      for (const { table, cell } of newer) {
        table.byKey.set(cell.key, cell);
        table.sorted = undefined;
      }
    },

    flush: () => enter("flush"),

    async [Symbol.asyncDispose]() {
      closed = true;
    },
  };
}

function sortedCells(table: Cells): readonly Cell[] {
  table.sorted ??= [...table.byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
  return table.sorted;
}

function prepare(table: Cells, write: Write): { table: Cells; cell: Cell } {
  checkTimestamp(write);
  const key = table.keys.row(write.key).toString("latin1");
  const bytes = write.row === null ? undefined : table.rows.encode(write.key, write.row).slice();
  return { table, cell: { key, timestamp: write.timestamp, bytes } };
}

/** The index of the first cell whose key is not below `key`. */
function indexOf(cells: readonly Cell[], key: string): number {
  let low = 0;
  let high = cells.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((cells[middle]?.key ?? "") < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
