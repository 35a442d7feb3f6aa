import type { Query } from "@guildhall/entity";
import type { ReactionsPage, ReactionsPageArgs } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { badArgs } from "../bad-args.ts";
import { REACTIONS, type ReactionsRow, sectionOf } from "./tables.ts";

const MAIN_LANE = 0;

/** `reactions.page`: the counts of the messages from `a` to `z`. @throws AppError `BAD_ARGS` past LIMITS.pageMax seqs. */
export const pageReactions: Query<ReactionsPageArgs> = async (reader, { a, z }, { g }): Promise<ReactionsPage> => {
  if (z < a || z - a >= LIMITS.pageMax) throw badArgs("/z", `is not within ${LIMITS.pageMax} of a`);
  const rows: ReactionsRow[] = [];
  for (let sec = sectionOf(a); sec <= sectionOf(z); sec++) {
    rows.push(...(await reader.scan(REACTIONS, [g, MAIN_LANE, sec], { from: a, to: z, limit: LIMITS.pageMax })));
  }
  return { messages: rows.map(({ s, counts }) => ({ s, counts })) };
};
