import type { Journal } from "@guildhall/journal";
import type { Store } from "@guildhall/store";
import { encodeRecord } from "@guildhall/wire";
import { JOURNAL_CHECKPOINT } from "./checkpoint.ts";
import { isLost, newestRecord } from "./journal-end.ts";

/**
 * Begins a new epoch in every partition: for data that were put back to an older state as a whole, which nothing in
 * them shows. A journal that is behind its store gets its epoch from whoever takes it over, an empty one needs none.
 * To be called while nobody owns; done twice it begins another epoch, which costs clients one more gap and nothing else.
 *
 * Resolves with the number of partitions in which one was begun.
 * @throws AppError `CONFLICT` when somebody appends meanwhile; and what journal and store throw.
 */
export async function beginEpochs(partitions: number, journal: Journal, store: Store): Promise<number> {
  let begun = 0;
  for (let p = 0; p < partitions; p++) {
    const { first, last } = await journal.end(p);
    const newest = await newestRecord(p, journal, first, last);
    const checkpoint = await store.get(JOURNAL_CHECKPOINT, [p]);
    if (newest === undefined) continue;
    if (checkpoint !== undefined && isLost(newest.ep, last, checkpoint)) continue;
    const { ep, term, stored } = newest;
    await journal.append(p, last, encodeRecord({ p, ep: ep + 1, term: term + 1, stored, e: [] }));
    begun++;
  }
  return begun;
}
