import { mkdir } from "node:fs/promises";
import { AppError } from "@guildhall/kernel";
import { type Database, open, type RootDatabase } from "lmdb";

/** The layout of the data this code reads and writes. */
const FORMAT = "1";
const FORMAT_ROW = "format";
const META = "meta";
/** Databases of the environment: one a table, and the format's. */
const DATABASES_MAX = 256;

export type Meta = Database<string, string>;
export type Rows = Database<Buffer, Buffer>;

/** The environment on disk: `root` to close it, `meta` beside the tables, and the rows of each table by the bytes of their key. */
export type StoreFiles = { readonly root: RootDatabase; readonly meta: Meta; readonly rows: ReadonlyMap<string, Rows> };

/**
 * Opens the environment in folder `path` with a database a table, making what is not there. Tables on disk
 * that are not named stay as they are.
 *
 * @throws AppError `INTERNAL` when it cannot be opened, or its format is not the one known here.
 */
export async function openStoreFiles(path: string, tables: readonly string[]): Promise<StoreFiles> {
  try {
    await mkdir(path, { recursive: true });
    // With overlappingSync a commit is answered before it is synced; a crash falls back to the last one that was.
    const root = open({ path, noSubdir: false, overlappingSync: true, encoding: "binary", maxDbs: DATABASES_MAX });
    const meta: Meta = root.openDB(META, { encoding: "string" });
    const format = meta.get(FORMAT_ROW);
    const isNew = format === undefined && [...root.getKeys()].every((name) => name === META);
    if (isNew) await meta.put(FORMAT_ROW, FORMAT);
    else if (format !== FORMAT) {
      await root.close();
      throw new AppError(
        "INTERNAL",
        `The store in ${path} has format ${format ?? "(none)"}; this version reads only format ${FORMAT}.`,
      );
    }
    const rows = new Map<string, Rows>();
    for (const table of tables) {
      rows.set(table, root.openDB(`table:${table}`, { encoding: "binary", keyEncoding: "binary" }));
    }
    return { root, meta, rows };
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("INTERNAL", `The store in ${path} cannot be opened: ${text}`, { cause });
  }
}
