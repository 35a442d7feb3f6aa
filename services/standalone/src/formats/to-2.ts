import { join } from "node:path";
import { rewriteRecords } from "@guildhall/journal/lmdb";
import type { RowWrite } from "@guildhall/proto";
import { type RowValues, rewriteRows } from "@guildhall/store/lmdb";
import { decodeRecord, encodeRecord } from "@guildhall/wire";

/*
 * Format 1 → 2: a group has `slowMs` and `membersMax`. In the store a row is the list of its columns, and the two
 * stand in its middle:
 *
 *   1: g number owner name category tags intro state muteAll members at
 *   2: g number owner name category tags intro state muteAll slowMs membersMax members at
 *
 * In the journal a row has names, and lacks them. Some data of format 1 have them already; they are left.
 */
const GROUPS = "groups";
const COLUMNS_1 = 11;
const AFTER_MUTE_ALL = 9;

/** What a group of format 1 did: no slow mode, no cap of its own. */
const ADDED = { slowMs: 0, membersMax: 0 };

export async function toFormat2(path: string): Promise<void> {
  await rewriteRecords(join(path, "journal"), withColumns);
  await rewriteRows(join(path, "store"), GROUPS, withValues);
}

function withValues(values: RowValues): RowValues | undefined {
  if (values.length !== COLUMNS_1) return undefined;
  return [...values.slice(0, AFTER_MUTE_ALL), ADDED.slowMs, ADDED.membersMax, ...values.slice(AFTER_MUTE_ALL)];
}

function withColumns(data: Uint8Array): Uint8Array | undefined {
  const record = decodeRecord(data);
  if (!record.e.some(({ w }) => w.some(lacks))) return undefined;
  const e = record.e.map((entry) => ({ ...entry, w: entry.w.map((write) => (lacks(write) ? added(write) : write)) }));
  return encodeRecord({ ...record, e });
}

function lacks([table, , row]: RowWrite): boolean {
  return table === GROUPS && row !== null && !("slowMs" in row && "membersMax" in row);
}

function added([table, key, row]: RowWrite): RowWrite {
  return [table, key, { ...ADDED, ...row }];
}
