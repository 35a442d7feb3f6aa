import { JOURNAL_CHECKPOINT, TABLES } from "@guildhall/installation";
import type { Table } from "@guildhall/store";
import { Failure } from "../command.ts";
import type { Side } from "../installation/side.ts";
import { compareJournals, copyJournal } from "./journal.ts";
import { type Ends, fingerprintOf, goesOn, mark } from "./marker.ts";
import { compareRows, copyRows, type Progress } from "./rows.ts";

const CHECKPOINT = JOURNAL_CHECKPOINT as unknown as Table<never>;

export type MovePorts = {
  readonly source: Side;
  /** One whose journal begins where the source's does. */
  readonly target: Side;
  /** Of the source. */
  readonly ends: Ends;
  readonly progress: Progress;
};

/** What was moved and found to be the same on both sides. */
export type Moved = {
  readonly partitions: number;
  readonly records: number;
  readonly tables: number;
  readonly rows: number;
  readonly timelines: number;
};

/**
 * Copies journal and store of an installation that nobody uses to one that is empty, and compares them. Broken off and
 * begun again it goes on. The source is only read.
 *
 * The journal is first and the checkpoints are last: an owner that is started too early and whose journal does not begin
 * at 1 finds that it begins after what the store has, and refuses. One that writes is found by the fence.
 *
 * @throws Failure for a target that is not empty, for whoever writes meanwhile, and for any difference; AppError as
 *   journal and store do: run it again then.
 */
export async function moveAll({ source, target, ends, progress }: MovePorts): Promise<Moved> {
  const fingerprint = await fingerprintOf(source, ends);
  if (await goesOn(target, fingerprint)) progress("going on with a move that was broken off");
  else await beginIn(target, ends, fingerprint);

  const copied = await copyJournal(source, target, ends);
  progress(`journal: ${copied} records copied, in ${ends.length} partitions`);
  const tables = TABLES.filter(({ name }) => name !== CHECKPOINT.name);
  for (const table of tables) {
    const rows = await copyRows(source, target, table, progress);
    if (rows > 0) progress(`${table.name}: ${rows} rows copied`);
  }
  await target.store.flush();

  progress("comparing");
  const sum = { rows: 0, timelines: 0 };
  for (const table of tables) {
    const { rows, timelines } = await compareRows(source, target, table);
    sum.rows += rows;
    sum.timelines += timelines;
  }
  sum.rows += await copyRows(source, target, CHECKPOINT, progress);
  await compareRows(source, target, CHECKPOINT);
  // Last, because it also finds who has written meanwhile.
  const records = await compareJournals(source, target, ends);
  await mark(target, fingerprint, true);
  return { partitions: ends.length, records, tables: TABLES.length, ...sum };
}

/** @throws Failure when anything is in the target. */
async function beginIn(target: Side, ends: Ends, fingerprint: string): Promise<void> {
  for (const table of TABLES) {
    for await (const page of target.store.rows(table)) {
      if (page.length > 0) throw new Failure(`${target.name} is not empty: there are rows in table ${table.name}`);
    }
  }
  for (const p of ends.keys()) {
    const { first, last } = await target.journal.end(p);
    if (last >= first) throw new Failure(`${target.name} is not empty: the journal of partition ${p} has records`);
  }
  await mark(target, fingerprint, false);
}
