import { type CheckpointRow, JOURNAL_CHECKPOINT, TABLES } from "@guildhall/installation";
import { AppError } from "@guildhall/kernel";
import { decodeRecord } from "@guildhall/wire";
import type { Side } from "../installation/side.ts";
import { type Finding, ok, warn, wrong } from "./finding.ts";

/** Records read at once. */
const READ_MAX = 256;
const RESTORE = "restore from a backup";

type End = { readonly first: number; readonly last: number };

/** Where each partition's journal stands to what the store has, and whether what is not stored yet can be read. */
export async function judgeJournal(side: Side, partitions: number, mayGoOn: () => boolean): Promise<Finding[]> {
  const findings: Finding[] = [];
  let read = 0;
  let behind = 0;
  for (let p = 0; p < partitions && mayGoOn(); p++) {
    const checkpoint = await side.store.get(JOURNAL_CHECKPOINT, [p]);
    const end = await side.journal.end(p);
    const found = judgeEnds(p, end, checkpoint);
    if (found !== undefined) findings.push(found);
    try {
      const from = Math.max(end.first, Math.min((checkpoint?.pos ?? 0) + 1, end.last));
      const count = await readTail(side, p, from, end.last, mayGoOn);
      read += count;
      behind += Math.max(0, end.last - (checkpoint?.pos ?? 0));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      findings.push(wrong(`partition ${p}: ${error.message}`, RESTORE));
    }
  }
  if (!mayGoOn()) findings.push(ok("not every partition was read: there was no time for more"));
  if (findings.some(({ state }) => state === "wrong")) return findings;
  return [...findings, ok(`journal: ${partitions} partitions, ${behind} records not stored yet, ${read} read`)];
}

/** What is wrong between a partition's journal and the store, if anything. */
export function judgeEnds(p: number, { first, last }: End, checkpoint: CheckpointRow | undefined): Finding | undefined {
  if (checkpoint === undefined) {
    if (first === 1) return undefined;
    return wrong(
      `partition ${p}: the journal begins at ${first} and the store has nothing`,
      `${RESTORE} both together`,
    );
  }
  const { pos } = checkpoint;
  if (last < pos) {
    return warn(
      `partition ${p}: the journal ends at ${last}, the store has ${pos}: it was lost or is an older one`,
      "put the right journal back; a start without it begins a new epoch, and clients are told of the gap",
    );
  }
  if (first > pos + 1) {
    return wrong(
      `partition ${p}: the journal begins at ${first}, the store ends at ${pos}: what is between is missing`,
      `${RESTORE} both together; the partition does not start so`,
    );
  }
  return undefined;
}

async function readTail(side: Side, p: number, from: number, last: number, mayGoOn: () => boolean): Promise<number> {
  let count = 0;
  for (let at = from; at <= last && mayGoOn(); ) {
    const items = await side.journal.read(p, at, READ_MAX);
    for (const { data } of items) decodeRecord(data);
    if (items.length === 0) break;
    count += items.length;
    at += items.length;
  }
  return count;
}

/** Whether rows pass their checksums. */
export async function judgeRows({ store }: Side, mayGoOn: () => boolean): Promise<Finding[]> {
  let count = 0;
  for (const table of TABLES) {
    try {
      for await (const page of store.rows(table)) {
        count += page.length;
        if (!mayGoOn()) return [ok(`store: the first ${count} rows can be read; there was no time for more`)];
      }
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return [wrong(error.message, RESTORE)];
    }
  }
  return [ok(`store: all ${count} rows can be read`)];
}
