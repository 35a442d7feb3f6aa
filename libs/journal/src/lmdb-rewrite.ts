import { AppError } from "@guildhall/kernel";
import { CommitRefused, Commits } from "@guildhall/lmdb";
import { openJournalFiles, type Records, readEnds } from "./lmdb-files.ts";
import { recordKey, seal, unseal } from "./sealed-record.ts";

/** Records that one commit rewrites. */
const BATCH = 500;

/** What takes the place of a record's data; undefined leaves it. */
export type RecordChange = (data: Uint8Array) => Uint8Array | undefined;

/**
 * Rewrites the records of the environment in folder `path`, which nobody has open. Positions stay; the running
 * totals follow. Durable when it resolves, with the number of records whose data changed. Broken off and begun again
 * it mends the totals: `change` returns undefined for what it has changed before.
 *
 * @throws AppError `INTERNAL` for a record that is missing or fails its checksum, or an environment that cannot be
 *   opened or written.
 */
export async function rewriteRecords(path: string, change: RecordChange): Promise<number> {
  const { root, records } = await openJournalFiles(path);
  let broken: unknown;
  const commits = new Commits(root, (error) => {
    broken = error;
  });
  try {
    let rewritten = 0;
    for (const [partition, { first, last, floor }] of readEnds(records)) {
      rewritten += await rewritePartition(records, commits, { partition, first, last, floor }, change);
    }
    return rewritten;
  } catch (cause) {
    if (!(cause instanceof CommitRefused)) throw cause;
    throw new AppError("INTERNAL", `the journal in ${path} cannot be rewritten: ${String(cause.cause)}`, { cause });
  } finally {
    commits.stop();
    if (broken === undefined) await root.close();
  }
}

type Stretch = { readonly partition: number; readonly first: number; readonly last: number; readonly floor: number };

async function rewritePartition(
  records: Records,
  commits: Commits,
  { partition, first, last, floor }: Stretch,
  change: RecordChange,
): Promise<number> {
  let rewritten = 0;
  let total = floor;
  for (let from = first; from <= last; from += BATCH) {
    const batch: { key: Buffer; stored: Buffer }[] = [];
    for (let position = from; position <= Math.min(last, from + BATCH - 1); position++) {
      const key = recordKey(partition, position);
      const before = unseal(key, records.getBinary(key));
      const changed = change(before.data);
      const data = changed ?? before.data;
      total += data.length;
      if (changed !== undefined) rewritten += 1;
      if (changed !== undefined || before.total !== total) batch.push({ key, stored: seal(key, data, total) });
    }
    if (batch.length > 0) {
      await commits.run(() => Promise.all(batch.map(({ key, stored }) => records.put(key, stored))));
    }
  }
  return rewritten;
}
