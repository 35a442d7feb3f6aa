import type { Context } from "@guildhall/entity";
import type { GroupRow } from "../lifecycle/tables.ts";

/** Whether everybody sees who says this as the group: the setting of the moment, kept with what is said. */
export function isAttributed({ attribution }: Pick<GroupRow, "attribution">, { as }: Pick<Context, "as">): boolean {
  return as !== 0 && attribution === "public";
}
