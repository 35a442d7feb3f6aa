import { AppError } from "@guildhall/kernel";
import cassandra, { type Client } from "cassandra-driver";

/** Does what no declaration of a table can say, such as filling a new column from others. */
export type SchemaStep = {
  /** The version that the keyspace has after it. */
  readonly version: number;
  /** What it does, for `schema_changes`. */
  readonly about: string;
  /**
   * Runs after the declared tables and columns are there, in one process. It may be broken off and begun again, so it
   * must bear a repeat. One that takes longer than 30 s calls `stillHere` meanwhile, which rejects when it must stop.
   */
  run(client: Client, keyspace: string, stillHere: () => Promise<void>): Promise<void>;
};

/**
 * Steps by rising version, from 2 on: version 1 is what the first release made. A changed table has a step of its own,
 * be it empty, so that an older version, which would write rows without the new column, is kept out. So has another form
 * of the journal's records: an older version could not read them, and the journal itself says nothing of its version.
 */
export const SCHEMA_STEPS: readonly SchemaStep[] = [
  { version: 2, about: "groups have a policy; null is that of a group which never chose one", run: async () => {} },
  {
    version: 3,
    about: "journal records say how far nonces were ahead; groups and members have columns more, null where never set",
    run: async () => {},
  },
];

const FIRST_VERSION = 1;
/** The tables that the schema's changes themselves need. */
const OWN_TABLES: ReadonlySet<string> = new Set(["schema_lock", "schema_changes", "schema_version"]);

/** The version these steps lead to. */
export const versionOf = (steps: readonly SchemaStep[]): number => steps.at(-1)?.version ?? FIRST_VERSION;

/** The version a keyspace has: 0 where there is nothing yet. `noted`: whether it says so itself. */
export type FoundVersion = { readonly version: number; readonly noted: boolean };

/** `tables`: the names of those the keyspace holds. */
export async function schemaVersion(
  client: Client,
  keyspace: string,
  tables: ReadonlySet<string>,
): Promise<FoundVersion> {
  const noted = tables.has("schema_version") ? await notedVersion(client, keyspace) : undefined;
  if (noted !== undefined) return { version: noted, noted: true };
  // The first release did not note its version.
  return { version: [...tables].some((name) => !OWN_TABLES.has(name)) ? FIRST_VERSION : 0, noted: false };
}

async function notedVersion(client: Client, keyspace: string): Promise<number | undefined> {
  try {
    const query = `SELECT version FROM ${keyspace}.schema_version WHERE id = 1`;
    const { rows } = await client.execute(query, [], { prepare: false, isIdempotent: true });
    const found: unknown = rows[0]?.["version"];
    return typeof found === "number" ? found : undefined;
  } catch (error) {
    if (isBeingMade(error)) return undefined;
    throw error;
  }
}

/**
 * A server lists a table a moment before it can be asked, while another process is making it: it says then that there
 * is none or, where the statement was taken already, that it knows no such column family, by its id.
 */
export function isBeingMade(error: unknown): boolean {
  if (!(error instanceof cassandra.errors.ResponseError)) return false;
  const { invalid, serverError } = cassandra.types.responseErrorCodes;
  return error.code === invalid || (error.code === serverError && error.message.includes("Unknown CF"));
}

/** @throws AppError `CONFLICT` for a keyspace that a newer version has changed. */
export function checkVersion(keyspace: string, found: number, known: number): void {
  if (found <= known) return;
  throw new AppError(
    "CONFLICT",
    `Cassandra keyspace ${keyspace} has schema version ${found}, this Guildhall knows ${known}: start a newer version`,
  );
}

export async function noteVersion(client: Client, keyspace: string, version: number): Promise<void> {
  const query = `INSERT INTO ${keyspace}.schema_version (id, version, at) VALUES (1, ${version}, toTimestamp(now()))`;
  await client.execute(query, [], { prepare: false, isIdempotent: true });
}
