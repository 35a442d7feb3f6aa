import { createHash } from "node:crypto";
import { defineTable } from "@guildhall/store";
import { Failure } from "../command.ts";
import type { Side } from "../installation/side.ts";

/** What is being moved into a store, or has been. Of `source` as it was: one that went on is another. */
export type MoveRow = { readonly id: number; readonly source: string; readonly at: number; readonly done: boolean };

/** Only in the target of a move, and of no use after it but to refuse a second one. */
export const MOVES = defineTable<MoveRow>({
  name: "moves",
  partition: ["id"],
  clustering: [],
  columns: { id: "int", source: "text", at: "int", done: "bool" },
});

const KEY = 1;

/** Where each partition's journal begins and ends. */
export type Ends = readonly { readonly first: number; readonly last: number }[];

export async function endsOf({ journal }: Side, partitions: number): Promise<Ends> {
  const ends: { readonly first: number; readonly last: number }[] = [];
  for (let p = 0; p < partitions; p++) ends.push(await journal.end(p));
  return ends;
}

/** Tells this state of an installation from every other one: by the ends of its journal and the newest records. */
export async function fingerprintOf({ journal }: Side, ends: Ends): Promise<string> {
  const hash = createHash("sha256");
  for (const [p, { first, last }] of ends.entries()) {
    hash.update(`${p}/${first}/${last};`);
    for (const { data } of await journal.read(p, last, last < first ? 0 : 1)) hash.update(data);
  }
  return hash.digest("hex");
}

/** The move that was begun into this store, if any. */
export function markerOf({ store }: Side): Promise<MoveRow | undefined> {
  return store.get(MOVES, [KEY]);
}

/** Says durably what is being moved into the target, or that all of it is there. */
export async function mark({ store }: Side, source: string, done: boolean): Promise<void> {
  const row = { id: KEY, source, at: Date.now(), done };
  await store.write([{ table: MOVES.name, key: [KEY], row, timestamp: done ? 2 : 1 }]);
  await store.flush();
}

/** @throws Failure when the target holds what this move has not brought. True: it goes on with one that was broken off. */
export async function goesOn(target: Side, source: string): Promise<boolean> {
  const marker = await markerOf(target);
  if (marker === undefined) return false;
  const begun = new Date(marker.at).toISOString();
  if (marker.done) throw new Failure(`${target.name} is not empty: a move into it ended at ${begun}`);
  if (marker.source === source) return true;
  throw new Failure(
    `${target.name} holds part of another move, begun at ${begun}, or the source has been started since: empty ${target.name} and begin again`,
  );
}
