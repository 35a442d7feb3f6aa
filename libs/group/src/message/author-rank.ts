import { EDITOR_CONTENT_RANK, rankOf } from "@guildhall/model";
import type { GroupFacts } from "@guildhall/proto";
import type { TimelineRow } from "@guildhall/timeline";
import type { HoldersRow } from "../role/tables.ts";

/**
 * The author's rank now. Who is not among the holders has the rank of the Member role; for somebody who has
 * left that is too high, and decides nothing, because no actor ranks below it.
 */
export function rankOfAuthor(facts: GroupFacts, holders: HoldersRow | undefined, row: TimelineRow): number {
  if (row.as !== 0) return EDITOR_CONTENT_RANK;
  const roles = holders?.list.find(([u]) => u === row.u)?.[1] ?? [];
  return rankOf(facts, { roles, mute: 0 }, row.u);
}
