import { anyTable, type Feature } from "@guildhall/entity";
import { putCursor } from "./put-cursor.ts";
import { CURSORS } from "./tables.ts";

/** How far somebody has read their groups; `groups.list` shows it. */
export const cursor: Feature = {
  tables: [anyTable(CURSORS)],
  commands: { "cursor.put": putCursor },
  queries: {},
};
