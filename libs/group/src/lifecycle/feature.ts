import { anyTable, type Feature } from "@guildhall/entity";
import { changeSettings } from "./change-settings.ts";
import { createGroup } from "./create-group.ts";
import { dissolveGroup } from "./dissolve-group.ts";
import { editGroup } from "./edit-group.ts";
import { getGroup } from "./get-group.ts";
import { GROUPS } from "./tables.ts";
import { transferGroup } from "./transfer-group.ts";

/** The life of a group: made, described, handed over, ended. */
export const lifecycle: Feature = {
  tables: [anyTable(GROUPS)],
  commands: {
    "group.create": createGroup,
    "group.edit": editGroup,
    "group.settings": changeSettings,
    "group.transfer": transferGroup,
    "group.dissolve": dissolveGroup,
  },
  queries: { "group.get": getGroup },
};
