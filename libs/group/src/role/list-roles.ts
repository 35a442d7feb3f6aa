import type { Query } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import type { RolesListArgs, RoleView } from "@guildhall/proto";
import { GROUP_ROLES } from "./tables.ts";

/** `roles.list`: the roles of a group in the order they were made. @throws AppError `NOT_FOUND`. */
export const listRoles: Query<RolesListArgs> = async (reader, _, { g }): Promise<{ roles: RoleView[] }> => {
  const row = await reader.get(GROUP_ROLES, g);
  if (row === undefined) throw new AppError("NOT_FOUND", "no such group");
  return { roles: row.list.map(({ id, name, rank, lo, hi }) => ({ id, name, rank, p: [lo, hi] })) };
};
