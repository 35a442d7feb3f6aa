import { AppError } from "@guildhall/kernel";
import type { Client, Host } from "cassandra-driver";
import { connectCassandra, reasonOf } from "./cassandra-client.ts";
import { changesFor, columnsOf } from "./cassandra-schema.ts";
import type { CassandraConfig } from "./cassandra-settings.ts";
import type { Table } from "./table.ts";

/** One node as it says it is. */
export type CassandraNode = {
  readonly address: string;
  readonly version: string;
  readonly up: boolean;
  /** Undefined where this user may not see it, or the node does not answer. */
  readonly commitlogSync: string | undefined;
  /** The node's clock less ours, ms, and how far wrong that may be. */
  readonly ahead: { readonly ms: number; readonly within: number } | undefined;
};

/** A Cassandra cluster as doctors see it: nothing is made and nothing changed. */
export type CassandraFound = {
  readonly nodes: readonly CassandraNode[];
  readonly datacenters: readonly string[];
  /** By datacenter, of the installation's keyspace and of the one with the logins; undefined where there is none. */
  readonly replicas: Readonly<Record<string, string>> | undefined;
  readonly authReplicas: Readonly<Record<string, string>> | undefined;
  /** Statements that would bring the schema up to the tables, and what no statement can mend. */
  readonly missing: readonly string[];
  readonly clash: string | undefined;
  /** Schema versions that nodes have: more than one while they do not agree. */
  readonly schemaVersions: number;
};

const PLAIN = { prepare: false, isIdempotent: true };

/** @throws AppError `UNAVAILABLE` when no node answers or none lets us in. */
export async function inspectCassandra(
  config: CassandraConfig,
  tables: readonly Table[],
  nowMs: () => number,
): Promise<CassandraFound> {
  const client = await connectCassandra(config);
  try {
    const { keyspace } = config;
    const hosts = client.hosts.values();
    const nodes = await Promise.all(hosts.map((host) => inspectNode(client, host, nowMs)));
    return {
      nodes,
      datacenters: [...new Set(hosts.map(({ datacenter }) => datacenter))],
      replicas: await replicasOf(client, keyspace),
      authReplicas: await replicasOf(client, "system_auth"),
      ...schemaOf(keyspace, tables, await columnsOf(client, keyspace)),
      schemaVersions: await schemaVersions(client),
    };
  } catch (cause) {
    throw new AppError("UNAVAILABLE", `Cassandra: ${reasonOf(cause)}`, { cause });
  } finally {
    await client.shutdown().catch(() => {});
  }
}

async function inspectNode(client: Client, host: Host, nowMs: () => number): Promise<CassandraNode> {
  const known = { address: host.address, version: host.cassandraVersion, up: host.isUp() };
  const options = { ...PLAIN, host };
  const [sync, ahead] = await Promise.all([
    client
      .execute("SELECT value FROM system_views.settings WHERE name = 'commitlog_sync'", [], options)
      .then(({ rows }) => (rows[0] === undefined ? undefined : String(rows[0]["value"])))
      .catch(() => undefined),
    clockOf(client, options, nowMs).catch(() => undefined),
  ]);
  return { ...known, commitlogSync: sync, ahead };
}

async function clockOf(client: Client, options: object, nowMs: () => number): Promise<CassandraNode["ahead"]> {
  const ask = () => client.execute("SELECT toTimestamp(now()) AS now FROM system.local", [], options);
  // The first answer may wait for a connection.
  await ask();
  const beforeMs = nowMs();
  const { rows } = await ask();
  const afterMs = nowMs();
  const now: unknown = rows[0]?.["now"];
  if (!(now instanceof Date)) return undefined;
  return { ms: now.getTime() - (beforeMs + afterMs) / 2, within: (afterMs - beforeMs) / 2 };
}

async function replicasOf(client: Client, keyspace: string): Promise<Record<string, string> | undefined> {
  const { rows } = await client.execute(
    "SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = ?",
    [keyspace],
    { prepare: true, isIdempotent: true },
  );
  return rows[0]?.["replication"] as Record<string, string> | undefined;
}

function schemaOf(keyspace: string, tables: readonly Table[], found: Awaited<ReturnType<typeof columnsOf>>) {
  try {
    return { missing: changesFor(keyspace, tables, found).map(({ cql }) => cql), clash: undefined };
  } catch (error) {
    return { missing: [], clash: error instanceof AppError ? error.message : String(error) };
  }
}

async function schemaVersions(client: Client): Promise<number> {
  const local = await client.execute("SELECT schema_version FROM system.local", [], PLAIN);
  const peers = await client.execute("SELECT schema_version FROM system.peers_v2", [], PLAIN);
  return new Set([...local.rows, ...peers.rows].map((row) => String(row["schema_version"]))).size;
}
