import { connectCassandra } from "./cassandra-client.ts";
import type { CassandraConfig } from "./cassandra-settings.ts";

/** Dropping tables takes its time where the machine has other work, ms. */
const DROP_MAX_MS = 60_000;

/** Removes a test's keyspace with all that is in it. */
export async function dropKeyspace(config: CassandraConfig): Promise<void> {
  const client = await connectCassandra(config);
  const patient = { prepare: false, readTimeout: DROP_MAX_MS };
  try {
    await client.execute(`DROP KEYSPACE IF EXISTS ${config.keyspace}`, [], patient);
  } finally {
    await client.shutdown();
  }
}
