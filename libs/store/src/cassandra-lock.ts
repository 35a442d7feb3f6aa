import { createHash } from "node:crypto";
import { AppError, sleep } from "@guildhall/kernel";
import cassandra, { type Client, type QueryOptions } from "cassandra-driver";

const { errors, types } = cassandra;

/** Whoever holds it changes the schema; it frees itself when its holder is gone. Longer than one change may take. */
const LOCK_S = 60;

/** A change of the schema takes the node seconds where it is busy; rows do not. */
export const CHANGE_MAX_MS = 30_000;

/** Where the server does not know in time it is asked this often, this long apart. */
const ASKED_MAX = 20;
const ASK_EVERY_MS = 500;

const plain = { prepare: false, isIdempotent: true, readTimeout: CHANGE_MAX_MS };
/** The driver does not repeat it by itself. */
const once = { ...plain, isIdempotent: false };

const OWN_TABLES: Readonly<Record<string, string>> = {
  schema_lock: "id int PRIMARY KEY, holder uuid",
  schema_version: "id int PRIMARY KEY, version int, at timestamp",
  schema_changes: "at timestamp, name text, cql text, PRIMARY KEY (at, name)",
};

/** Makes the keyspace, where there is none yet, with what is needed to take turns in it. Any number of processes may do so at once. */
export async function makeKeyspace(client: Client, keyspace: string, replication: string): Promise<void> {
  const made = "SELECT WRITETIME(durable_writes) AS made FROM system_schema.keyspaces WHERE keyspace_name = ?";
  let { rows } = await client.execute(made, [keyspace], { prepare: true });
  // One that is there already was made by somebody with more rights than this user may have.
  if (rows.length === 0) {
    await client.execute(`CREATE KEYSPACE IF NOT EXISTS ${keyspace} WITH replication = ${replication}`, [], plain);
    ({ rows } = await client.execute(made, [keyspace], { prepare: true }));
  }
  for (const [name, columns] of Object.entries(OWN_TABLES)) {
    // Two nodes that make a table at the same moment make the same one: its id does not depend on who does. A keyspace
    // that was dropped and made again has other ids, since those of dropped tables are not given twice.
    const id = tableId(`${keyspace}.${name}.${String(rows[0]?.["made"])}`);
    await client.execute(`CREATE TABLE IF NOT EXISTS ${keyspace}.${name} (${columns}) WITH ID = ${id}`, [], plain);
  }
}

function tableId(name: string): string {
  const hex = createHash("sha256").update(name).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    "-",
  );
}

/** The turn to change the schema. */
export type SchemaLock = {
  /** Keeps it for another while. @throws AppError `UNAVAILABLE` when somebody else may have it. */
  stillHere(): Promise<void>;
  release(): Promise<void>;
};

/** The lock, if it was free. */
export async function takeSchemaLock(client: Client, keyspace: string): Promise<SchemaLock | undefined> {
  const holder = crypto.randomUUID();
  const table = `${keyspace}.schema_lock`;
  // Where many try at once the server gives up on some of them, without knowing what became of it: then it is asked again.
  const untilKnown = async (query: string, options: QueryOptions): Promise<cassandra.types.Row | undefined> => {
    for (let asked = 1; ; asked++) {
      try {
        return (await client.execute(query, [], options)).rows[0];
      } catch (error) {
        if (!isContended(error) || asked === ASKED_MAX) throw error;
      }
      await sleep(ASK_EVERY_MS);
    }
  };
  const applied = (row: cassandra.types.Row | undefined): boolean => row?.["[applied]"] === true;
  const takes = `INSERT INTO ${table} (id, holder) VALUES (1, ${holder}) IF NOT EXISTS USING TTL ${LOCK_S}`;
  const looks = { ...plain, consistency: types.consistencies.serial };
  try {
    const { rows } = await client.execute(takes, [], once);
    if (!applied(rows[0])) return undefined;
  } catch (error) {
    if (!isContended(error)) throw error;
    const row = await untilKnown(`SELECT holder FROM ${table} WHERE id = 1`, looks);
    if (String(row?.["holder"]) !== holder) return undefined;
  }
  return {
    async stillHere() {
      const keeps = `UPDATE ${table} USING TTL ${LOCK_S} SET holder = ${holder} WHERE id = 1 IF holder = ${holder}`;
      if (applied(await untilKnown(keeps, once))) return;
      throw new AppError("UNAVAILABLE", "changing the schema took so long that another process may be at it");
    },
    // The second time it is somebody else's or nobody's where the first was carried out.
    release: async () => void (await untilKnown(`DELETE FROM ${table} WHERE id = 1 IF holder = ${holder}`, once)),
  };
}

/** The server has given up on a statement that had to take turns with others. */
function isContended(error: unknown): boolean {
  const { readTimeout, writeTimeout } = types.responseErrorCodes;
  return error instanceof errors.ResponseError && (error.code === readTimeout || error.code === writeTimeout);
}
