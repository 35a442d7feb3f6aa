import { type CassandraClient, connectCassandra } from "@guildhall/store/cassandra-client";
import type { Started } from "./folder.ts";
import { until } from "./processes.ts";
import type { Secrets } from "./secrets.ts";

/** Who Cassandra knows in the beginning, and by what. */
const FIRST = { user: "cassandra", password: "cassandra" };
/** It makes its first user a moment after it listens. */
const FIRST_MAX_MS = 60_000;

/** What each user may do: the fanout changes the schema, reads and writes; the gateway reads. */
const GRANTS = [
  ...["SELECT", "MODIFY", "CREATE", "ALTER"].map((right) => `GRANT ${right} ON KEYSPACE guildhall TO guildhall`),
  "GRANT SELECT ON KEYSPACE guildhall TO guildhall_reader",
  // And everything in those it makes. What Cassandra remembers of the rights in one may be from before it was dropped.
  ...["CREATE", "DROP"].map((right) => `GRANT ${right} ON ALL KEYSPACES TO test`),
];

/** Makes the services' keyspace and users, and gives the first user a password of this set's own. */
export async function makeRoles(server: Started, point: string, datacenter: string, secrets: Secrets): Promise<void> {
  const config = {
    contactPoints: [point],
    datacenter,
    keyspace: "guildhall",
    replicas: 1,
    login: FIRST,
    caFile: secrets.caFile,
  };
  let client: CassandraClient | undefined;
  await until(server, "does not let its first user in", FIRST_MAX_MS, async () => {
    client = await connectCassandra(config).catch(() => undefined);
    return client !== undefined;
  });
  const replication = `{'class': 'NetworkTopologyStrategy', '${datacenter}': 1}`;
  const roles = (["guildhall", "guildhall_reader", "test"] as const).map(
    (user) => `CREATE ROLE ${user} WITH PASSWORD = '${secrets.password("cassandra", user)}' AND LOGIN = true`,
  );
  const statements = [
    `CREATE KEYSPACE guildhall WITH replication = ${replication}`,
    ...roles,
    ...GRANTS,
    `ALTER ROLE ${FIRST.user} WITH PASSWORD = '${secrets.password("cassandra", "cassandra")}'`,
  ];
  try {
    for (const cql of statements) await client?.execute(cql, [], { prepare: false, isIdempotent: false });
  } finally {
    await client?.shutdown();
  }
}
