import type { Query } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import type { GroupGetArgs } from "@guildhall/proto";
import { GROUPS } from "./tables.ts";
import { groupViewOf } from "./view.ts";

/** `group.get`: the GroupView. @throws AppError `NOT_FOUND`. */
export const getGroup: Query<GroupGetArgs> = async (reader, _, { g }) => {
  const group = await reader.get(GROUPS, g);
  if (group === undefined) throw new AppError("NOT_FOUND", "no such group");
  return groupViewOf(group);
};
