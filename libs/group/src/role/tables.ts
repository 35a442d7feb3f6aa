import type { RoleFacts } from "@guildhall/proto";
import { defineTable } from "@guildhall/store";

/** The roles of a group. */
export type RolesRow = {
  readonly g: number;
  /** At most LIMITS.rolesPerGroupMax. */
  readonly list: readonly RoleFacts[];
  /** Id of the next role to be made. Ids are not used again: members keep those of deleted roles for a while. */
  readonly next: number;
};

export const GROUP_ROLES = defineTable<RolesRow>({
  name: "group_roles",
  partition: ["g"],
  clustering: [],
  columns: { g: "int", list: "json", next: "int" },
});

/**
 * Members with roles besides Member, with the ids of those: the same as in their rows, where roles that were deleted
 * may still be. A command must name the rows it reads beforehand; who wrote a message is known only once its row is
 * read, so the author's rank comes from here. At most LIMITS.membersPerGroupMax entries.
 */
export type HoldersRow = { readonly g: number; readonly list: readonly Holder[] };
export type Holder = readonly [u: number, roles: readonly number[]];

export const ROLE_HOLDERS = defineTable<HoldersRow>({
  name: "role_holders",
  partition: ["g"],
  clustering: [],
  columns: { g: "int", list: "json" },
});
