import { hash } from "node:crypto";
import type { Emission, Emitted, Tx } from "@guildhall/entity";
import type { RowWrite } from "@guildhall/proto";
import { type Key, type KeyPart, keyOf, type Table } from "@guildhall/store";
import type { Lane } from "./lane.ts";
import { rowId } from "./rows.ts";

/** The rows a command named, under the keys it gave them. */
export type Declared = readonly { readonly table: string; readonly key: Key; readonly row: object | undefined }[];

const NO_WRITES: readonly RowWrite[] = [];

/** One command's view of its entity. What it did is in `writes` and `emission` after the handler has run. */
export class Transaction implements Tx {
  readonly #declared: Declared;
  readonly #lane: Lane;
  readonly #atMs: number;
  readonly #changed = new Map<string, { write: RowWrite; row: object | undefined }>();
  emission: Emission | undefined;

  constructor(declared: Declared, lane: Lane, atMs: number) {
    this.#declared = declared;
    this.#lane = lane;
    this.#atMs = atMs;
  }

  get next(): number {
    return this.#lane.s + 1;
  }

  get pv(): number {
    return this.#lane.pv;
  }

  get writes(): readonly RowWrite[] {
    if (this.#changed.size === 0) return NO_WRITES;
    return [...this.#changed.values()].map(({ write }) => write);
  }

  get<Row extends object>(table: Table<Row>, ...key: readonly KeyPart[]): Row | undefined {
    if (this.#changed.size > 0) {
      const changed = this.#changed.get(rowId(table.name, key));
      if (changed !== undefined) return changed.row as Row | undefined;
    }
    // A command names a handful of rows: comparing keys is cheaper than making names to look them up by.
    for (const declared of this.#declared) {
      if (declared.table === table.name && isSame(declared.key, key)) return declared.row as Row | undefined;
    }
    throw new Error(`row ${table.name}[${key.join(", ")}] was not named in reads`);
  }

  put<Row extends object>(table: Table<Row>, row: Row): void {
    this.#change(table, keyOf(table, row), row);
  }

  delete<Row extends object>(table: Table<Row>, ...key: readonly KeyPart[]): void {
    this.#change(table, key, undefined);
  }

  emit(emission: Emission): Emitted {
    if (this.emission !== undefined) throw new Error(`a second event, ${emission.kind}, in one command`);
    this.emission = emission;
    return { seq: this.next, atMs: this.#atMs };
  }

  digest(text: string): string {
    return hash("sha256", text, "hex");
  }

  #change(table: { readonly name: string }, key: Key, row: object | undefined): void {
    const write: RowWrite = [table.name, key, (row as Record<string, unknown> | undefined) ?? null];
    this.#changed.set(rowId(table.name, key), { write, row });
  }
}

function isSame(one: Key, other: Key): boolean {
  if (one.length !== other.length) return false;
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false;
  return true;
}
