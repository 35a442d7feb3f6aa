import { AppError } from "@guildhall/kernel";
import type { Client } from "cassandra-driver";
import type { CassandraConfig } from "./cassandra-settings.ts";
import type { ColumnType, Table } from "./table.ts";

/** Whoever holds it changes the schema; it frees itself when its holder is gone. */
const LOCK_S = 60;
const LOCK_LOOK_MS = 250;
/** A start that waits longer for another process's changes has failed. */
const LOCK_WAIT_MAX_MS = 120_000;

const TYPES: Readonly<Record<ColumnType, string>> = {
  int: "bigint",
  text: "text",
  blob: "blob",
  bool: "boolean",
  ints: "frozen<list<bigint>>",
  texts: "frozen<list<text>>",
  // MessagePack, as everywhere else: JSON knows no bytes.
  json: "blob",
};

/** One statement that brings the schema nearer to the tables. */
export type Change = { readonly table: string; readonly cql: string };

/** A name as it stands in CQL, whatever its letters. */
export const quoted = (name: string): string => `"${name}"`;

export function createTable(keyspace: string, table: Table): string {
  const columns = Object.entries(table.columns).map(([name, type]) => `${quoted(name)} ${TYPES[type]}`);
  const key = [`(${table.partition.map(quoted).join(", ")})`, ...table.clustering.map(quoted)].join(", ");
  const order = table.clustering.map((name) => `${quoted(name)} ${table.descending === true ? "DESC" : "ASC"}`);
  const ordered = order.length === 0 ? "" : ` WITH CLUSTERING ORDER BY (${order.join(", ")})`;
  return `CREATE TABLE IF NOT EXISTS ${keyspace}.${quoted(table.name)} (${columns.join(", ")}, PRIMARY KEY (${key}))${ordered}`;
}

/** A column as the server lists it. */
export type Found = { readonly table: string; readonly column: string; readonly type: string; readonly kind: string };

/**
 * What has to be done so that `found` holds all of `tables`.
 * @throws AppError `CONFLICT` when a column is there with another type or in another part of the key: no statement can change that.
 */
export function changesFor(keyspace: string, tables: readonly Table[], found: readonly Found[]): Change[] {
  const known = new Map<string, Map<string, Found>>();
  for (const one of found) {
    const columns = known.get(one.table) ?? new Map<string, Found>();
    known.set(one.table, columns.set(one.column, one));
  }
  return tables.flatMap((table): Change[] => {
    const columns = known.get(table.name);
    if (columns === undefined) return [{ table: table.name, cql: createTable(keyspace, table) }];
    return Object.entries(table.columns).flatMap(([name, type]) => {
      const column = columns.get(name);
      if (column !== undefined) return checkColumn(table, name, type, column);
      const cql = `ALTER TABLE ${keyspace}.${quoted(table.name)} ADD IF NOT EXISTS ${quoted(name)} ${TYPES[type]}`;
      return [{ table: table.name, cql }];
    });
  });
}

function checkColumn(table: Table, name: string, type: ColumnType, found: Found): [] {
  const kind = table.partition.includes(name)
    ? "partition_key"
    : table.clustering.includes(name)
      ? "clustering"
      : "regular";
  if (found.type === TYPES[type] && found.kind === kind) return [];
  throw new AppError(
    "CONFLICT",
    `Cassandra table ${table.name}: ${name} is ${found.kind} ${found.type}, not ${kind} ${TYPES[type]}`,
  );
}

/**
 * Makes the keyspace and brings its tables up to the declared ones. Any number of processes may do so at once: one
 * changes, the others wait until nothing is missing. Each change is kept in `schema_changes`.
 *
 * @throws AppError `CONFLICT` for what cannot be changed; `UNAVAILABLE` when another process has not finished after two minutes.
 */
export async function migrate(client: Client, config: CassandraConfig, tables: readonly Table[]): Promise<Change[]> {
  const { keyspace } = config;
  const plain = { prepare: false, isIdempotent: true };
  const missing = async () => changesFor(keyspace, tables, await columnsOf(client, keyspace));
  if ((await missing()).length === 0) return [];
  const replication = `{'class': 'NetworkTopologyStrategy', '${config.datacenter}': ${config.replicas}}`;
  await client.execute(`CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = ${replication}`, [], plain);
  await client.execute(
    `CREATE TABLE IF NOT EXISTS ${keyspace}.schema_lock (id int PRIMARY KEY, holder uuid)`,
    [],
    plain,
  );
  await client.execute(
    `CREATE TABLE IF NOT EXISTS ${keyspace}.schema_changes (at timestamp, name text, cql text, PRIMARY KEY (at, name))`,
    [],
    plain,
  );
  const holder = crypto.randomUUID();
  const lock = `INSERT INTO ${keyspace}.schema_lock (id, holder) VALUES (1, ${holder}) IF NOT EXISTS USING TTL ${LOCK_S}`;
  const made: Change[] = [];
  for (let waitedMs = 0; (await missing()).length > 0; waitedMs += LOCK_LOOK_MS) {
    const { rows } = await client.execute(lock, [], { prepare: false, isIdempotent: false });
    if (rows[0]?.["[applied]"] === true) {
      for (const change of await missing()) made.push(await apply(client, keyspace, change));
      await client.execute(`DELETE FROM ${keyspace}.schema_lock WHERE id = 1 IF holder = ${holder}`, [], plain);
      break;
    }
    if (waitedMs >= LOCK_WAIT_MAX_MS) throw new AppError("UNAVAILABLE", "another process is still changing the schema");
    await new Promise((resolve) => setTimeout(resolve, LOCK_LOOK_MS));
  }
  return made;
}

/**
 * Waits until other processes have brought the schema up to `tables`.
 * @throws AppError `CONFLICT` as `migrate`; `UNAVAILABLE` with what is missing after two minutes.
 */
export async function untilMigrated(
  client: Client,
  { keyspace }: CassandraConfig,
  tables: readonly Table[],
): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += LOCK_LOOK_MS) {
    const [missing] = changesFor(keyspace, tables, await columnsOf(client, keyspace));
    if (missing === undefined) return;
    if (waitedMs >= LOCK_WAIT_MAX_MS) throw new AppError("UNAVAILABLE", `schema not there yet: ${missing.cql}`);
    await new Promise((resolve) => setTimeout(resolve, LOCK_LOOK_MS));
  }
}

async function apply(client: Client, keyspace: string, change: Change): Promise<Change> {
  await client.execute(change.cql, [], { prepare: false, isIdempotent: true });
  await client.execute(
    `INSERT INTO ${keyspace}.schema_changes (at, name, cql) VALUES (toTimestamp(now()), ?, ?)`,
    [change.table, change.cql],
    { prepare: true, isIdempotent: false },
  );
  return change;
}

/** The columns of every table of a keyspace. */
export async function columnsOf(client: Client, keyspace: string): Promise<Found[]> {
  const { rows } = await client.execute(
    "SELECT table_name, column_name, type, kind FROM system_schema.columns WHERE keyspace_name = ?",
    [keyspace],
    { prepare: true, fetchSize: 10_000 },
  );
  return rows.map((row) => ({
    table: String(row["table_name"]),
    column: String(row["column_name"]),
    type: String(row["type"]),
    kind: String(row["kind"]),
  }));
}
