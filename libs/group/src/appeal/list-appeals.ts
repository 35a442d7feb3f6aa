import type { Query } from "@guildhall/entity";
import type { AppealsList, AppealsListArgs } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { APPEALS } from "./tables.ts";

/** `appeals.list`: a page, the newest first. */
export const listAppeals: Query<AppealsListArgs> = async (reader, { before }, { g }): Promise<AppealsList> => {
  const lim = LIMITS.appealsPageMax;
  // One more than wanted, to know whether another page follows.
  const range = { reverse: true, limit: lim + 1, ...(before === undefined ? {} : { to: before - 1 }) };
  const rows = await reader.scan(APPEALS, [g], range);
  const appeals = rows.slice(0, lim).map(({ n, t, by, at, state, answer }) => ({ n, t, by, at, state, answer }));
  return { appeals, more: rows.length > lim };
};
