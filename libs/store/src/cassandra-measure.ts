import { AppError, sleep } from "@guildhall/kernel";
import cassandra, { type Client } from "cassandra-driver";
import { connectCassandra } from "./cassandra-client.ts";
import type { CassandraConfig } from "./cassandra-settings.ts";

/** How often what the server is doing is looked at. */
const LOOK_MS = 1_000;
/** Compaction has settled when nothing was seen of it so many times running. */
const QUIET_LOOKS = 5;
const FLUSH_PERIOD_MS = 1_000;
const DROP_MAX_MS = 60_000;
/** A trace is written behind the answer; one that is not there after this long is given up. */
const TRACE_MAX_MS = 30_000;

/** What a traced read did at the server. */
export type Trace = {
  /** The table's partitions that were read, each as its key's values. */
  readonly partitions: readonly string[];
  /** Files of the table that rows were merged from; the newest rows in memory are not counted. */
  readonly files: number;
  readonly ms: number;
};

/** Looks at a keyspace from outside: for measuring, not for services. */
export interface CassandraMeter extends AsyncDisposable {
  /** The largest partition that is on disk, MiB, by table. Only tables with files have one. */
  largestPartitions(): Promise<ReadonlyMap<string, number>>;
  /** Puts what is in memory on disk and waits until compaction has nothing to do. @throws AppError `UNAVAILABLE` after `maxMs`. */
  settle(tables: readonly string[], maxMs: number): Promise<void>;
  /** @throws AppError `UNAVAILABLE` when the trace does not come. */
  trace(id: string): Promise<Trace>;
  /** Removes the keyspace with everything in it. */
  drop(): Promise<void>;
}

/** @throws AppError `UNAVAILABLE` as connecting does. */
export async function measureCassandra(config: CassandraConfig): Promise<CassandraMeter> {
  const client = await connectCassandra(config);
  const { keyspace } = config;
  // The server's own tables have replicas of their own: on one node there are fewer than a quorum of them.
  const consistency = cassandra.types.consistencies.localOne;
  const ask = async (query: string, params: readonly unknown[] = []) =>
    (await client.execute(query, [...params], { prepare: params.length > 0, fetchSize: 5_000, consistency })).rows;

  async function busy(): Promise<boolean> {
    const tasks = await ask("SELECT keyspace_name FROM system_views.sstable_tasks");
    return tasks.some((task) => task["keyspace_name"] === keyspace);
  }

  return {
    async largestPartitions() {
      const rows = await ask("SELECT * FROM system_views.max_partition_size WHERE keyspace_name = ?", [keyspace]);
      return new Map(rows.map((row) => [String(row["table_name"]), Number(row["mebibytes"])]));
    },
    async settle(tables, maxMs) {
      for (const name of tables) await flushEvery(client, `${keyspace}.${name}`, FLUSH_PERIOD_MS);
      await sleep(2 * FLUSH_PERIOD_MS);
      for (const name of tables) await flushEvery(client, `${keyspace}.${name}`, 0);
      let quiet = 0;
      for (let waitedMs = 0; quiet < QUIET_LOOKS; waitedMs += LOOK_MS) {
        if (waitedMs > maxMs) throw new AppError("UNAVAILABLE", "compaction has not settled");
        await sleep(LOOK_MS);
        quiet = (await busy()) ? 0 : quiet + 1;
      }
    },
    trace: (id) => traceOf(id, ask),
    async drop() {
      await client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`, [], { prepare: false, readTimeout: DROP_MAX_MS });
    },
    [Symbol.asyncDispose]: () => client.shutdown(),
  };
}

type Ask = (query: string, params: readonly unknown[]) => Promise<Record<string, unknown>[]>;

async function traceOf(id: string, ask: Ask): Promise<Trace> {
  for (let waitedMs = 0; waitedMs < TRACE_MAX_MS; waitedMs += LOOK_MS / 10) {
    const [session] = await ask("SELECT duration, parameters FROM system_traces.sessions WHERE session_id = ?", [id]);
    // The duration is written last.
    if (typeof session?.["duration"] === "number") {
      const events = await ask("SELECT activity FROM system_traces.events WHERE session_id = ?", [id]);
      const activities = events.map((event) => String(event["activity"]));
      return { ...readsIn(activities, boundIn(session["parameters"])), ms: session["duration"] / 1_000 };
    }
    await sleep(LOOK_MS / 10);
  }
  throw new AppError("UNAVAILABLE", `no trace ${id}`);
}

/** The bound values, in their order. */
function boundIn(parameters: unknown): string {
  const bound = Object.entries((parameters ?? {}) as Record<string, string>).filter(([name]) =>
    name.startsWith("bound_var_"),
  );
  return bound
    .toSorted(([a], [b]) => Number(a.split("_")[2]) - Number(b.split("_")[2]))
    .map(([, value]) => value)
    .join("/");
}

function readsIn(activities: readonly string[], key: string): { partitions: string[]; files: number } {
  const reads = activities.filter((activity) => activity.startsWith("Executing single-partition query on"));
  let files = 0;
  for (const activity of activities)
    files += Number(/^Merged data from memtables and (\d+) sstables/.exec(activity)?.[1] ?? 0);
  return { partitions: reads.map(() => key), files };
}

/** Rows in memory go to disk this often; 0: when there are many. It is the only way to say so in CQL. */
async function flushEvery(client: Client, table: string, ms: number): Promise<void> {
  await client.execute(`ALTER TABLE ${table} WITH memtable_flush_period_in_ms = ${ms}`, [], { prepare: false });
}
