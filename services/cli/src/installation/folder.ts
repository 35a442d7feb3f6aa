import { mkdir, realpath } from "node:fs/promises";
import { join } from "node:path";
import { TABLES } from "@guildhall/installation";
import { lmdbJournal } from "@guildhall/journal/lmdb";
import { Closers } from "@guildhall/kernel";
import type { Table } from "@guildhall/store";
import { lmdbStore } from "@guildhall/store/lmdb";
import type { Begins, Side } from "./side.ts";

/** Nothing is refused for its size: what one journal has kept another takes. */
const ANY_BYTES = Number.MAX_SAFE_INTEGER;

/**
 * Opens journal and store of the data folder at the real path `path`, whose lock the caller holds; makes what is not there.
 * @throws AppError `INTERNAL` when they cannot be opened or a record fails its checksum.
 */
export async function openFolder(path: string, more: readonly Table<never>[] = [], begins?: Begins): Promise<Side> {
  const closers = new Closers();
  try {
    const store = closers.use(await lmdbStore({ path: join(path, "store"), tables: [...TABLES, ...more] as Table[] }));
    const journal = closers.use(
      await lmdbJournal({
        path: join(path, "journal"),
        maxBytes: ANY_BYTES,
        ...(begins === undefined ? {} : { begins }),
      }),
    );
    return { name: `the folder ${path}`, journal, store, [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose]() };
  } catch (error) {
    await closers[Symbol.asyncDispose]();
    throw error;
  }
}

/** The real path of a folder that is made if need be, for its owner only. */
export async function makeFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  return realpath(path);
}
