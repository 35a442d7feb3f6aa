import { anyTable, type Feature } from "@guildhall/entity";
import { assignRole } from "./assign-role.ts";
import { createRole } from "./create-role.ts";
import { deleteRole } from "./delete-role.ts";
import { editRole } from "./edit-role.ts";
import { listRoles } from "./list-roles.ts";
import { GROUP_ROLES, ROLE_HOLDERS } from "./tables.ts";
import { takeRole } from "./take-role.ts";

/** The roles of a group and who has them. */
export const role: Feature = {
  tables: [anyTable(GROUP_ROLES), anyTable(ROLE_HOLDERS)],
  commands: {
    "role.create": createRole,
    "role.edit": editRole,
    "role.delete": deleteRole,
    "role.assign": assignRole,
    "role.take": takeRole,
  },
  queries: { "roles.list": listRoles },
};
