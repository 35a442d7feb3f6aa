import type { Query, Reader } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { INT53_MAX, type MembersPage, type MembersPageArgs, type MemberView } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { SCAN_MAX } from "@guildhall/store";
import { GROUPS, type GroupRow } from "../lifecycle/tables.ts";
import { isLookAlike } from "../look-alikes.ts";
import { livingRoles } from "../role/role-facts.ts";
import { GROUP_ROLES, type RolesRow } from "../role/tables.ts";
import { MEMBERS, type MemberRow } from "./tables.ts";

/** Scans a page may take: with SCAN_MAX it bounds the rows of people who have gone that are passed over. */
const ROUNDS_MAX = 64;

/**
 * `members.page`: who is in, by rising id. A nickname that looks like the name the group has now is not shown: it was
 * there first, but the name is the group's. A page may be shorter than asked for while `more` is true.
 * @throws AppError `UNAVAILABLE` when ROUNDS_MAX scans found nobody and rows are left.
 */
export const pageMembers: Query<MembersPageArgs> = async (reader, args, { g, nowMs }): Promise<MembersPage> => {
  const { after = 0, lim = LIMITS.pageMax } = args;
  // One more than wanted, to know whether another page follows.
  const { found, left } = await membersAfter(reader, g, after, lim + 1);
  if (left && found.length === 0) throw new AppError("UNAVAILABLE", "too many rows of people who have gone");
  const [group, roles] = await Promise.all([reader.get(GROUPS, g), reader.get(GROUP_ROLES, g)]);
  const members = found.slice(0, lim).map((row) => memberViewOf(withoutLookAlike(row, group), roles, nowMs));
  return { members, more: left || found.length > lim };
};

/** At least `enough` members above `after`, if there are as many. `left`: rows were not looked at. */
async function membersAfter(reader: Reader, g: number, after: number, enough: number) {
  const found: MemberRow[] = [];
  let from = after + 1;
  for (let round = 0; round < ROUNDS_MAX && from <= INT53_MAX; round++) {
    const limit = round === 0 ? enough : SCAN_MAX;
    const rows = await reader.scan(MEMBERS, [g], { from, limit });
    found.push(...rows.filter((row) => row.state === "in"));
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) return { found, left: false };
    if (found.length >= enough) return { found, left: true };
    from = last.u + 1;
  }
  return { found, left: from <= INT53_MAX };
}

function withoutLookAlike(row: MemberRow, group: GroupRow | undefined): MemberRow {
  return group === undefined || row.nick === "" || !isLookAlike(row.nick, group.name) ? row : { ...row, nick: "" };
}

function memberViewOf({ u, nick, roles, mute, at }: MemberRow, row: RolesRow | undefined, nowMs: number): MemberView {
  return { u, nick, roles: livingRoles({ roles: row?.list ?? [] }, roles), mute: mute > nowMs ? mute : 0, at };
}
