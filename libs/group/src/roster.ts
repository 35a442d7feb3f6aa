import type { Context, RowKey, Tx } from "@guildhall/entity";
import { rowKey } from "@guildhall/entity";
import { GROUPS, type GroupRow } from "./lifecycle/tables.ts";
import { MEMBERS, type MemberRow } from "./membership/tables.ts";
import { type Holder, ROLE_HOLDERS } from "./role/tables.ts";

/** What a command that changes somebody's roles, or ends a membership, reads besides the member. */
export function rosterKeys(ctx: Context): RowKey[] {
  return [rowKey(ROLE_HOLDERS, ctx.g)];
}

/** Writes a member with these roles, and keeps the list of who has roles equal to it. */
export function putRoles(tx: Tx, member: MemberRow, roles: readonly number[]): void {
  tx.put(MEMBERS, { ...member, roles });
  const list = tx.get(ROLE_HOLDERS, member.g)?.list ?? [];
  const after = withHolder(list, member.u, roles);
  if (roles.length > 0 || after.length < list.length) tx.put(ROLE_HOLDERS, { g: member.g, list: after });
}

/** The list as it is when `u` has exactly these roles. */
export function withHolder(list: readonly Holder[], u: number, roles: readonly number[]): readonly Holder[] {
  const others = list.filter(([one]) => one !== u);
  return roles.length === 0 ? others : [...others, [u, roles]];
}

/** Ends a membership: roles go, the nickname and a mute stay in the row. */
export function endMembership(tx: Tx, group: GroupRow, member: MemberRow, state: "left" | "kicked" | "banned"): void {
  putRoles(tx, { ...member, state }, []);
  tx.put(GROUPS, { ...group, members: group.members - 1 });
}
