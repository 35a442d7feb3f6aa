import { AppError, sleep } from "@guildhall/kernel";
import type { Client } from "cassandra-driver";
import { CHANGE_MAX_MS, makeKeyspace, type SchemaLock, takeSchemaLock } from "./cassandra-lock.ts";
import type { CassandraConfig } from "./cassandra-settings.ts";
import {
  checkVersion,
  noteVersion,
  SCHEMA_STEPS,
  type SchemaStep,
  schemaVersion,
  versionOf,
} from "./cassandra-version.ts";
import type { ColumnType, Table } from "./table.ts";

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
 * @throws AppError `CONFLICT` when a column is there with another type or in another part of the key, which no statement can change, or is not declared: rows written without it would keep what a newer version put there.
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
    const unknown = [...columns.keys()].find((name) => !Object.hasOwn(table.columns, name));
    if (unknown !== undefined) {
      throw new AppError(
        "CONFLICT",
        `Cassandra table ${keyspace}.${table.name} has a column ${unknown} that this Guildhall does not know: start a newer version`,
      );
    }
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

/** What a keyspace lacks. */
type Lacking = { readonly version: number; readonly changes: readonly Change[] };

async function lacking(
  client: Client,
  keyspace: string,
  tables: readonly Table[],
  steps: readonly SchemaStep[],
): Promise<Lacking | undefined> {
  const found = await columnsOf(client, keyspace);
  const { version, noted } = await schemaVersion(client, keyspace, new Set(found.map(({ table }) => table)));
  checkVersion(keyspace, version, versionOf(steps));
  const changes = changesFor(keyspace, tables, found);
  return changes.length === 0 && noted && version === versionOf(steps) ? undefined : { version, changes };
}

/**
 * Makes the keyspace, where there is none yet, and brings its tables up to the declared ones, and the rest of it by
 * `steps`. Any number of processes may do so at once: one changes, the others wait until nothing is lacking. Each change
 * is kept in `schema_changes`, the version in `schema_version`.
 *
 * @throws AppError `CONFLICT` for what cannot be changed or is newer; `UNAVAILABLE` when another process has not finished after two minutes.
 */
export async function migrate(
  client: Client,
  config: CassandraConfig,
  tables: readonly Table[],
  steps: readonly SchemaStep[] = SCHEMA_STEPS,
): Promise<Change[]> {
  const { keyspace } = config;
  if ((await lacking(client, keyspace, tables, steps)) === undefined) return [];
  const replication = `{'class': 'NetworkTopologyStrategy', '${config.datacenter}': ${config.replicas}}`;
  await makeKeyspace(client, keyspace, replication);
  for (let waitedMs = 0; (await lacking(client, keyspace, tables, steps)) !== undefined; waitedMs += LOCK_LOOK_MS) {
    const lock = await takeSchemaLock(client, keyspace);
    if (lock !== undefined) {
      try {
        return await changeAll(client, keyspace, await lacking(client, keyspace, tables, steps), steps, lock);
      } finally {
        // What is not released frees itself.
        await lock.release().catch(() => {});
      }
    }
    if (waitedMs >= LOCK_WAIT_MAX_MS) throw new AppError("UNAVAILABLE", "another process is still changing the schema");
    await sleep(LOCK_LOOK_MS);
  }
  return [];
}

async function changeAll(
  client: Client,
  keyspace: string,
  lacks: Lacking | undefined,
  steps: readonly SchemaStep[],
  lock: SchemaLock,
): Promise<Change[]> {
  const made: Change[] = [];
  if (lacks === undefined) return made;
  for (const change of lacks.changes) {
    await client.execute(change.cql, [], { prepare: false, isIdempotent: true, readTimeout: CHANGE_MAX_MS });
    await note(client, keyspace, change);
    made.push(change);
    await lock.stillHere();
  }
  // A new keyspace has nothing that a step could change.
  for (const step of lacks.version === 0 ? [] : steps.filter(({ version }) => version > lacks.version)) {
    await step.run(client, keyspace, () => lock.stillHere());
    await lock.stillHere();
    await note(client, keyspace, { table: `version ${step.version}`, cql: step.about });
    await noteVersion(client, keyspace, step.version);
  }
  await noteVersion(client, keyspace, versionOf(steps));
  return made;
}

/**
 * Waits until other processes have brought the schema up to `tables` and `steps`.
 * @throws AppError `CONFLICT` as `migrate`; `UNAVAILABLE` with what is lacking after two minutes.
 */
export async function untilMigrated(
  client: Client,
  { keyspace }: CassandraConfig,
  tables: readonly Table[],
  steps: readonly SchemaStep[] = SCHEMA_STEPS,
): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += LOCK_LOOK_MS) {
    const lacks = await lacking(client, keyspace, tables, steps);
    if (lacks === undefined) return;
    const first = lacks.changes[0]?.cql ?? `version ${versionOf(steps)} in place of ${lacks.version}`;
    if (waitedMs >= LOCK_WAIT_MAX_MS) throw new AppError("UNAVAILABLE", `schema not there yet: ${first}`);
    await sleep(LOCK_LOOK_MS);
  }
}

async function note(client: Client, keyspace: string, { table, cql }: Change): Promise<void> {
  await client.execute(
    `INSERT INTO ${keyspace}.schema_changes (at, name, cql) VALUES (toTimestamp(now()), ?, ?)`,
    [table, cql],
    { prepare: true, isIdempotent: false },
  );
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
