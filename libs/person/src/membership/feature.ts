import { anyTable, type Feature } from "@guildhall/entity";
import { countGroups, listGroups } from "./list-groups.ts";
import { putMembership } from "./put-membership.ts";
import { MEMBERSHIPS } from "./tables.ts";

/** The groups somebody is in, for themselves to list. */
export const membership: Feature = {
  tables: [anyTable(MEMBERSHIPS)],
  commands: { "membership.put": putMembership },
  queries: { "groups.list": listGroups, "groups.count": countGroups },
};
