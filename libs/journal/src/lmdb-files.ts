import { mkdir, open as openFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { AppError } from "@guildhall/kernel";
import { type Database, open, type RootDatabase } from "lmdb";
import { POSITION_MAX, partitionOfKey, positionOfKey, recordKey, unseal } from "./sealed-record.ts";

/** The layout of the data this code reads and writes. */
const FORMAT = "1";
const FORMAT_ROW = "format";

export type Records = Database<Buffer, Buffer>;

/** The environment on disk: `root` to close it, `records` by partition and position. */
export type JournalFiles = { readonly root: RootDatabase; readonly records: Records };

/** Where a partition stands. `floor` and `top`: its data bytes before the first record kept, and up to the last. */
export type PartitionEnd = { first: number; last: number; floor: number; top: number };

/**
 * Opens the environment in folder `path`, making it when it is not there.
 *
 * @throws AppError `INTERNAL` when it cannot be opened, or its format is not the one known here.
 */
export async function openJournalFiles(path: string): Promise<JournalFiles> {
  try {
    await makeFolder(path);
    // Without overlappingSync a commit is answered only after the data and the page that points to it are synced.
    const root = open({ path, noSubdir: false, overlappingSync: false, encoding: "binary" });
    const records: Records = root.openDB("records", { encoding: "binary", keyEncoding: "binary" });
    const meta: Database<string, string> = root.openDB("meta", { encoding: "string" });
    const format = meta.get(FORMAT_ROW);
    const empty = [...records.getKeys({ start: recordKey(0, 0), limit: 1 })].length === 0;
    if (format === undefined && empty) await meta.put(FORMAT_ROW, FORMAT);
    else if (format !== FORMAT) {
      await root.close();
      throw new AppError(
        "INTERNAL",
        `The journal in ${path} has format ${format ?? "(none)"}; this version reads only format ${FORMAT}.`,
      );
    }
    await syncFolder(path);
    return { root, records };
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new AppError("INTERNAL", `The journal in ${path} cannot be opened: ${text}`, { cause });
  }
}

/**
 * Every partition that has records. Two records of each are read: running totals in them make the sizes.
 *
 * @throws AppError `INTERNAL` when one of those two fails its checksum.
 */
export function readEnds(records: Records): Map<number, PartitionEnd> {
  const ends = new Map<number, PartitionEnd>();
  let start = recordKey(0, 0);
  for (;;) {
    const [firstKey] = records.getKeys({ start, limit: 1 });
    if (firstKey === undefined) return ends;
    const partition = partitionOfKey(firstKey);
    const [lastKey = firstKey] = records.getKeys({
      start: recordKey(partition, POSITION_MAX),
      reverse: true,
      limit: 1,
    });
    const first = unseal(firstKey, records.getBinary(firstKey));
    const last = unseal(lastKey, records.getBinary(lastKey));
    ends.set(partition, {
      first: positionOfKey(firstKey),
      last: positionOfKey(lastKey),
      floor: first.total - first.data.length,
      top: last.total,
    });
    start = recordKey(partition, POSITION_MAX);
  }
}

/** Makes the folder and syncs every folder that got a new entry, so that a power cut does not take them back. */
async function makeFolder(path: string): Promise<void> {
  const made = await mkdir(path, { recursive: true });
  if (made === undefined) return;
  const top = dirname(resolve(made));
  for (let folder = dirname(resolve(path)); folder.length >= top.length; folder = dirname(folder)) {
    await syncFolder(folder);
    if (folder === dirname(folder)) return;
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await openFile(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
