import type { Journal } from "@guildhall/journal";
import type { JournalRecord } from "@guildhall/proto";
import { decodeRecord } from "@guildhall/wire";
import type { CheckpointRow } from "./checkpoint.ts";

/** The store remembers more of the journal's life than the journal does: it was lost, or restored to an older state. */
export function isLost(ep: number, last: number, checkpoint: CheckpointRow): boolean {
  return ep < checkpoint.ep || (ep === checkpoint.ep && last < checkpoint.pos);
}

/** The last record of a partition's journal, if it has any. */
export async function newestRecord(
  p: number,
  journal: Journal,
  first: number,
  last: number,
): Promise<JournalRecord | undefined> {
  if (last < first) return undefined;
  const [item] = await journal.read(p, last, 1);
  return item === undefined ? undefined : decodeRecord(item.data);
}
