import type { Journal } from "@guildhall/journal";
import type { Store } from "@guildhall/store";
import { decodeRecord } from "@guildhall/wire";

/** Records looked at in one step, and steps in one go: the rest waits for the next minute. */
const STEP = 256;
const STEPS_MAX = 64;

export type TrimLimits = { readonly keepMs: number; readonly keepBytes: number };

/**
 * Cuts a partition's journal behind `done` (stored and carried out): what is older than `keepMs`, and the
 * oldest while all partitions together keep more than `keepBytes`. The store is flushed first, so that a
 * power cut cannot lose both copies. Returns the first position kept.
 */
export async function trimJournal(
  p: number,
  journal: Journal,
  store: Store,
  done: number,
  nowMs: number,
  { keepMs, keepBytes }: TrimLimits,
): Promise<number> {
  let { first } = await journal.end(p);
  for (let step = 0; step < STEPS_MAX && first < done; step++) {
    const over = journal.bytes() > keepBytes;
    const items = await journal.read(p, first, Math.min(STEP, done - first));
    let keepFrom = first;
    for (const { position, data } of items) {
      if (!over && newestMs(data) > nowMs - keepMs) break;
      keepFrom = position + 1;
    }
    if (keepFrom === first) break;
    await store.flush();
    await journal.purge(p, keepFrom);
    first = keepFrom;
  }
  return first;
}

/** Time of a record's newest entry; 0 for one without entries, which goes with its neighbours. */
function newestMs(data: Uint8Array): number {
  return decodeRecord(data).e.reduce((newest, { at }) => Math.max(newest, at), 0);
}
