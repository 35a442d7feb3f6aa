import { Decoder, Encoder } from "@msgpack/msgpack";
import type { types } from "cassandra-driver";
import { quoted } from "./cassandra-schema.ts";
import { type Range, SCAN_MAX, type Write } from "./store.ts";
import type { ColumnType, Key, KeyPart, Table } from "./table.ts";

const encoder = new Encoder({ ignoreUndefined: true });
const decoder = new Decoder();

/** A statement and its values. */
export type Statement = { readonly query: string; readonly params: unknown[] };

/** A list of no items on the wire. The driver makes null of one, which in a frozen list is something else. */
const EMPTY_LIST = Buffer.alloc(4);

const TO: Readonly<Record<ColumnType, (value: never) => unknown>> = {
  int: (value: number) => BigInt(value),
  text: (value: string) => value,
  blob: (value: Uint8Array) => Buffer.from(value),
  bool: (value: boolean) => value,
  ints: (value: readonly number[]) => (value.length === 0 ? EMPTY_LIST : value.map(BigInt)),
  texts: (value: readonly string[]) => (value.length === 0 ? EMPTY_LIST : [...value]),
  json: (value: unknown) => Buffer.from(encoder.encode(value)),
};

const FROM: Readonly<Record<ColumnType, (value: never) => unknown>> = {
  int: (value: bigint) => Number(value),
  text: (value: string) => value,
  // The driver's buffer is a view of what it read.
  blob: (value: Buffer) => new Uint8Array(value),
  bool: (value: boolean) => value,
  ints: (value: readonly bigint[]) => value.map(Number),
  texts: (value: readonly string[]) => [...value],
  json: (value: Buffer) => decoder.decode(value),
};

/** What the timestamp of a value is called in an answer; no column is named like it. */
const timeName = (i: number): string => `written_${i}`;

type Column = { readonly name: string; readonly type: ColumnType };

function valueOf(found: types.Row, { name, type }: Column): unknown {
  const value: unknown = found[name];
  return value === null || value === undefined ? null : FROM[type](value as never);
}

/** The statements of one table. Values are those `TableCodec` has checked. */
export class CassandraTable {
  readonly #name: string;
  readonly #columns: readonly Column[];
  readonly #key: readonly Column[];
  readonly #partition: readonly Column[];
  readonly #clustering: readonly Column[];
  readonly #descending: boolean;
  readonly #put: string;
  readonly #delete: string;
  readonly #get: string;
  /** Columns beside the key: those whose timestamp the server tells. */
  readonly #values: readonly Column[];

  constructor(keyspace: string, table: Table) {
    const column = (name: string): Column => ({ name, type: table.columns[name] ?? "text" });
    this.#name = `${keyspace}.${quoted(table.name)}`;
    this.#columns = Object.keys(table.columns).map(column);
    this.#partition = table.partition.map(column);
    this.#clustering = table.clustering.map(column);
    this.#key = [...this.#partition, ...this.#clustering];
    this.#descending = table.descending === true;
    const names = this.#columns.map(({ name }) => quoted(name)).join(", ");
    const places = this.#columns.map(() => "?").join(", ");
    const byKey = this.#key.map(({ name }) => `${quoted(name)} = ?`).join(" AND ");
    this.#put = `INSERT INTO ${this.#name} (${names}) VALUES (${places}) USING TIMESTAMP ?`;
    this.#delete = `DELETE FROM ${this.#name} USING TIMESTAMP ? WHERE ${byKey}`;
    this.#values = this.#columns.filter(({ name }) => !this.#key.some((part) => part.name === name));
    this.#get = `SELECT ${names} FROM ${this.#name} WHERE ${byKey}`;
  }

  /** What tells one partition from another. */
  partitionOf(key: Key): string {
    return JSON.stringify([this.#name, ...key.slice(0, this.#partition.length)]);
  }

  write({ key, row, timestamp }: Write): Statement {
    if (row === null) return { query: this.#delete, params: [BigInt(timestamp), ...this.#keyParams(key)] };
    const values = this.#columns.map(({ name, type }) => {
      const place = this.#key.findIndex((part) => part.name === name);
      const value = place >= 0 ? key[place] : (row[name] ?? null);
      return value === null || value === undefined ? null : TO[type](value as never);
    });
    return { query: this.#put, params: [...values, BigInt(timestamp)] };
  }

  get(key: Key): Statement {
    return { query: this.#get, params: this.#keyParams(key) };
  }

  scan(partition: Key, { prefix = [], from, to, reverse = false, limit }: Range): Statement {
    const fixed = [...partition, ...prefix];
    const conditions = this.#key.slice(0, fixed.length).map(({ name }) => `${quoted(name)} = ?`);
    const params = fixed.map((part, i) => this.#param(i, part));
    const next = this.#key[fixed.length];
    if (next !== undefined && from !== undefined) {
      conditions.push(`${quoted(next.name)} >= ?`);
      params.push(this.#param(fixed.length, from));
    }
    if (next !== undefined && to !== undefined) {
      conditions.push(`${quoted(next.name)} <= ?`);
      params.push(this.#param(fixed.length, to));
    }
    const names = this.#columns.map(({ name }) => quoted(name)).join(", ");
    // Named only where it differs from the order on disk.
    const turned = reverse !== this.#descending && this.#clustering.length > 0;
    const order = turned
      ? ` ORDER BY ${this.#clustering.map(({ name }) => `${quoted(name)} ${reverse ? "DESC" : "ASC"}`).join(", ")}`
      : "";
    params.push(Math.min(limit, SCAN_MAX));
    return { query: `SELECT ${names} FROM ${this.#name} WHERE ${conditions.join(" AND ")}${order} LIMIT ?`, params };
  }

  /** Every row of the table, with when each of its values was written. */
  get all(): string {
    const names = this.#columns.map(({ name }) => quoted(name));
    const times = this.#values.map(({ name }, i) => `WRITETIME(${quoted(name)}) AS ${timeName(i)}`);
    return `SELECT ${[...names, ...times].join(", ")} FROM ${this.#name}`;
  }

  /** When a row of `all` was written; 0 where none of its values is there to tell. */
  timestampOf(found: types.Row): number {
    return this.#values.reduce((newest, _, i) => {
      const time: unknown = found[timeName(i)];
      return typeof time === "bigint" ? Math.max(newest, Number(time)) : newest;
    }, 0);
  }

  /** In the order of their tokens. */
  partitionKeys(after: Key | undefined, limit: number): Statement {
    const names = this.#partition.map(({ name }) => quoted(name)).join(", ");
    const places = this.#partition.map(() => "?").join(", ");
    const where = after === undefined ? "" : ` WHERE token(${names}) > token(${places})`;
    const params = [...this.#keyParams(after ?? []), limit];
    return { query: `SELECT DISTINCT ${names} FROM ${this.#name}${where} LIMIT ?`, params };
  }

  partitionKey(found: types.Row): Key {
    return this.#partition.map((column) => valueOf(found, column) as KeyPart);
  }

  /** A row of the caller's own. */
  row(found: types.Row): Record<string, unknown> {
    return Object.fromEntries(this.#columns.map((column) => [column.name, valueOf(found, column)]));
  }

  #keyParams(key: Key): unknown[] {
    return key.map((part, i) => this.#param(i, part));
  }

  #param(place: number, part: number | string): unknown {
    return TO[this.#key[place]?.type ?? "text"](part as never);
  }
}
