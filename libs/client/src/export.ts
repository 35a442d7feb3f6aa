import type { Event, Page } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { GuildhallError } from "./errors.ts";
import type { HistoryQuery } from "./options.ts";

/** What of a group is exported: from `fromMs` up to but without `toMs`, server time, and only what comes after seq `after`. */
export type ExportRange = {
  /** Without it from the first event on. */
  readonly fromMs?: number;
  /** Without it up to now: what is said meanwhile is left out, so that the export ends. */
  readonly toMs?: number;
  /** The last seq that one has already, where an export was broken off. */
  readonly after?: number;
};

/**
 * Pages of events by rising seq, one read when the one before was taken, so that no more than a page is in memory.
 * @throws GuildhallError as the page that was refused; `CONFLICT` when the group's history was replaced meanwhile.
 */
export async function* exportPages(
  range: ExportRange,
  page: (query: HistoryQuery) => Promise<Page>,
  nowMs: () => number,
): AsyncGenerator<readonly Event[], void> {
  const { fromMs = 0, toMs = nowMs(), after = 0 } = range;
  const next = (s: number): HistoryQuery => ({ a: s + 1, z: s + LIMITS.pageMax });
  let epoch: number | undefined;
  for (let query: HistoryQuery = after === 0 && fromMs > 0 ? { at: fromMs } : next(after); ; ) {
    const { e, z, ep } = await page(query);
    epoch ??= ep;
    if (ep !== epoch) throw new GuildhallError("CONFLICT", "The history was replaced meanwhile: begin anew.");
    // Times rise with seqs, so what is left out is at the ends of all that is read.
    const within = e.filter(({ ts }) => ts >= fromMs && ts < toMs);
    if (within.length > 0) yield within;
    const last = e.at(-1);
    if (last === undefined || last.ts >= toMs) return;
    query = next(z);
  }
}
