import type { Query } from "@guildhall/entity";
import type { ProfileVersion, ProfileVersions, ProfileVersionsArgs } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { PROFILE_VERSIONS, type ProfileVersionRow } from "./tables.ts";

/** `profile.versions`: a page, the newest first. None in a group from before they were kept, until its next change. */
export const listVersions: Query<ProfileVersionsArgs> = async (reader, args, { g }): Promise<ProfileVersions> => {
  const { before, lim = LIMITS.profileVersionsPageMax } = args;
  // One more than wanted, to know whether another page follows.
  const range = { reverse: true, limit: lim + 1, ...(before === undefined ? {} : { to: before - 1 }) };
  const rows = await reader.scan(PROFILE_VERSIONS, [g], range);
  return { versions: rows.slice(0, lim).map(viewOf), more: rows.length > lim };
};

function viewOf({ n, s, at, by, owner, roles, why, back, name, intro, avatar }: ProfileVersionRow): ProfileVersion {
  return { n, s, at, by, owner, roles, why, back, name, intro, avatar };
}
