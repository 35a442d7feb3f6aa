import { AppError } from "@guildhall/kernel";
import { CommitRefused, Commits } from "@guildhall/lmdb";
import { decode, encode } from "@msgpack/msgpack";
import { openStoreFiles, type Rows } from "./lmdb-files.ts";
import { seal, unseal } from "./sealed-row.ts";

/** Rows that one commit rewrites. */
const BATCH = 500;

/** The values of a row in the order of its columns, as they were declared when it was stored. */
export type RowValues = readonly unknown[];

/**
 * Rewrites the rows of one table in the environment in folder `path`, which nobody has open: what `change` returns
 * takes the place of a row's values, undefined leaves it. Deleted rows are left, timestamps stay. Durable when it
 * resolves, with the number of rows rewritten. Broken off and begun again it must meet rows that it has rewritten
 * before: `change` returns undefined for those.
 *
 * @throws AppError `INTERNAL` for a row that fails its checksum or is no list, or an environment that cannot be
 *   opened or written.
 */
export async function rewriteRows(
  path: string,
  table: string,
  change: (values: RowValues) => RowValues | undefined,
): Promise<number> {
  const { root, rows } = await openStoreFiles(path, [table]);
  let broken: unknown;
  const commits = new Commits(root, (error) => {
    broken = error;
  });
  const db = rows.get(table);
  if (db === undefined) throw new Error(`table ${table} was not opened`);
  try {
    const rewritten = await rewriteAll(table, db, commits, change);
    await commits.run(() => root.flushed);
    return rewritten;
  } catch (cause) {
    if (!(cause instanceof CommitRefused)) throw cause;
    throw new AppError("INTERNAL", `the store in ${path} cannot be rewritten: ${String(cause.cause)}`, { cause });
  } finally {
    commits.stop();
    if (broken === undefined) await root.close();
  }
}

async function rewriteAll(
  table: string,
  db: Rows,
  commits: Commits,
  change: (values: RowValues) => RowValues | undefined,
): Promise<number> {
  let rewritten = 0;
  let after: Buffer | undefined;
  for (;;) {
    const batch = [...db.getRange({ ...(after === undefined ? {} : { start: after }), limit: BATCH + 1 })];
    const fresh = after === undefined ? batch.slice(0, BATCH) : batch.slice(1);
    if (fresh.length === 0) return rewritten;
    const changed = fresh.flatMap(({ key, value }) => {
      const stored = rewrite(table, key, value, change);
      return stored === undefined ? [] : [{ key, stored }];
    });
    if (changed.length > 0) await commits.run(() => Promise.all(changed.map(({ key, stored }) => db.put(key, stored))));
    rewritten += changed.length;
    after = Buffer.from(fresh.at(-1)?.key ?? []);
  }
}

function rewrite(
  table: string,
  key: Buffer,
  stored: Buffer,
  change: (values: RowValues) => RowValues | undefined,
): Buffer | undefined {
  const { timestamp, row } = unseal(table, key, stored);
  if (row.length === 0) return undefined;
  const values = decode(row);
  if (!Array.isArray(values)) throw new AppError("INTERNAL", `table ${table}: a stored row is not a list`);
  const changed = change(values);
  return changed === undefined ? undefined : seal(key, timestamp, encode(changed));
}
