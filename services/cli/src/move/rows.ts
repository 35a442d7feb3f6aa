import type { Table } from "@guildhall/store";
import { rowDigest, type StoredRow } from "@guildhall/store/all-rows";
import { TIMELINE } from "@guildhall/timeline";
import { Failure } from "../command.ts";
import type { Side } from "../installation/side.ts";

/** Pages that go to the target in one write. */
const PAGES_MAX = 5;
/** How far a table is, is told after so many rows. */
const TELL_EVERY = 50_000;
/** Differences that are told; the others are counted. */
const TOLD_MAX = 5;

export type Progress = (news: string) => void;

/**
 * Writes every row of a table with its own timestamp, so that a later write wins over it as it would have at home; a
 * repeat changes nothing. Resolves with the number of rows.
 */
export async function copyRows(source: Side, target: Side, table: Table<never>, progress: Progress): Promise<number> {
  let count = 0;
  let told = 0;
  let pages: StoredRow[][] = [];
  const write = async (): Promise<void> => {
    const rows = pages.flat();
    pages = [];
    await target.store.write(rows.map((stored) => ({ table: table.name, ...stored })));
    count += rows.length;
    if (count - told < TELL_EVERY) return;
    told = count;
    progress(`${table.name}: ${count} rows so far`);
  };
  for await (const page of source.store.rows(table)) {
    pages.push([...page]);
    if (pages.length >= PAGES_MAX) await write();
  }
  await write();
  return count;
}

/** Two sums modulo 2^48 of what rows hash to: they do not depend on the order, and take two words a lane. */
const MODULUS = 2 ** 48;
type Sum = { ours: number; theirs: number; high: number; low: number };

/** What was compared: rows, and timelines among it. */
export type Compared = { readonly rows: number; readonly timelines: number };

/**
 * Compares a table row by row, by a digest of keys, values and timestamps: one for each lane of a timeline, one for any
 * other table. What is kept meanwhile grows with the number of lanes, by some 100 bytes each.
 *
 * @throws Failure that names what differs.
 */
export async function compareRows(source: Side, target: Side, table: Table<never>): Promise<Compared> {
  const sums = new Map<string, Sum>();
  const digest = rowDigest(table as unknown as Table);
  const isTimeline = table.name === TIMELINE.name;
  let rows = 0;
  for await (const page of source.store.rows(table)) {
    rows += page.length;
    for (const stored of page) add(sumOf(sums, nameOf(table, stored, isTimeline)), digest(stored), 1);
  }
  for await (const page of target.store.rows(table)) {
    for (const stored of page) add(sumOf(sums, nameOf(table, stored, isTimeline)), digest(stored), -1);
  }
  const differing = [...sums].filter(([, { ours, theirs, high, low }]) => ours !== theirs || high !== 0 || low !== 0);
  if (differing.length > 0) throw new Failure(sentence(differing, source, target));
  return { rows, timelines: isTimeline ? sums.size : 0 };
}

function nameOf({ name }: Table<never>, { key }: StoredRow, isTimeline: boolean): string {
  return isTimeline ? `the timeline of group ${key[0]}, lane ${key[1]}` : `table ${name}`;
}

function sumOf(sums: Map<string, Sum>, name: string): Sum {
  const known = sums.get(name);
  if (known !== undefined) return known;
  const made = { ours: 0, theirs: 0, high: 0, low: 0 };
  sums.set(name, made);
  return made;
}

function add(sum: Sum, digest: Buffer, sign: 1 | -1): void {
  if (sign === 1) sum.ours += 1;
  else sum.theirs += 1;
  sum.high = (sum.high + sign * digest.readUIntBE(0, 6) + MODULUS) % MODULUS;
  sum.low = (sum.low + sign * digest.readUIntBE(6, 6) + MODULUS) % MODULUS;
}

function sentence(differing: readonly (readonly [string, Sum])[], source: Side, target: Side): string {
  const told = differing
    .slice(0, TOLD_MAX)
    .map(([name, { ours, theirs }]) => `${name} (${ours} rows, ${theirs} there)`)
    .join("; ");
  const more = differing.length > TOLD_MAX ? ` and ${differing.length - TOLD_MAX} more` : "";
  return `not the same in ${source.name} and ${target.name}: ${told}${more}; empty ${target.name} and begin again`;
}
