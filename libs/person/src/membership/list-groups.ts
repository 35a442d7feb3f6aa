import type { Query, Reader } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { type GroupsCount, type GroupsList, type GroupsListArgs, INT53_MAX } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { SCAN_MAX } from "@guildhall/store";
import { CURSORS } from "../cursor/tables.ts";
import { MEMBERSHIPS, type MembershipRow } from "./tables.ts";

/** Scans a page may take: with SCAN_MAX it bounds the rows of groups left that are passed over. */
const ROUNDS_MAX = 64;

/**
 * `groups.list`: one's own groups by rising id, with how far one has read them. A page may be shorter than asked for while `more` is true.
 * @throws AppError `FORBIDDEN` for another person's; `UNAVAILABLE` when ROUNDS_MAX scans found none and rows are left.
 */
export const listGroups: Query<GroupsListArgs> = async (reader, args, { g: u, actor }): Promise<GroupsList> => {
  if (actor !== u && actor !== 0) throw new AppError("FORBIDDEN", "somebody else's groups");
  const { after = 0, lim = LIMITS.pageMax } = args;
  // One more than wanted, to know whether another page follows.
  const { found, left } = await groupsAfter(reader, u, after, lim + 1);
  if (left && found.length === 0) throw new AppError("UNAVAILABLE", "too many rows of groups left");
  const groups = await Promise.all(
    found.slice(0, lim).map(async ({ g, number, name, at }) => {
      const read = await reader.get(CURSORS, u, g);
      const row = { g, number, name, at };
      return read === undefined ? row : { ...row, read: { ep: read.ep, s: read.s, m: read.m } };
    }),
  );
  return { groups, more: left || found.length > lim };
};

/** `groups.count`: how many groups one is in, counted up to LIMITS.groupsPerPersonMax. */
export const countGroups: Query<Record<string, never>> = async (reader, _args, { g: u }): Promise<GroupsCount> => {
  const { found } = await groupsAfter(reader, u, 0, LIMITS.groupsPerPersonMax);
  return { count: Math.min(found.length, LIMITS.groupsPerPersonMax) };
};

/** At least `enough` groups above `after`, if there are as many. `left`: rows were not looked at. */
async function groupsAfter(reader: Reader, u: number, after: number, enough: number) {
  const found: MembershipRow[] = [];
  let from = after + 1;
  for (let round = 0; round < ROUNDS_MAX && from <= INT53_MAX; round++) {
    const limit = round === 0 ? enough : SCAN_MAX;
    const rows = await reader.scan(MEMBERSHIPS, [u], { from, limit });
    found.push(...rows.filter((row) => row.in));
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) return { found, left: false };
    if (found.length >= enough) return { found, left: true };
    from = last.g + 1;
  }
  return { found, left: from <= INT53_MAX };
}
