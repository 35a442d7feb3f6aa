import type { GroupView } from "@guildhall/proto";
import { type GroupRow, policyNameOf } from "./tables.ts";

/** A group as anybody signed in may see it. */
export function groupViewOf(row: GroupRow): GroupView {
  const { g, number, name, category, tags, intro, owner, state, members, at, muteAll, slowMs, membersMax } = row;
  const policy = policyNameOf(row);
  const attribution = row.attribution ?? "admins";
  const settings = { muteAll, slowMs, membersMax, policy, attribution, official: row.official ?? false };
  const brand = { avatar: row.avatar ?? 0, locked: row.locked ?? false };
  const account = row.account == null ? {} : { account: { a: row.account.a, name: row.account.name } };
  return {
    g,
    number,
    name,
    category,
    tags,
    intro,
    owner,
    state,
    members,
    at,
    ...settings,
    ...brand,
    dissolveAt: row.dissolveAt ?? 0,
    ...account,
  };
}
