import { anyTable, type Feature } from "@guildhall/entity";
import { adoptGroup } from "./adopt-group.ts";
import { announceDissolution, cancelDissolution } from "./announce-dissolution.ts";
import { changeOperators } from "./change-operators.ts";
import { changePolicy } from "./change-policy.ts";
import { changeSettings } from "./change-settings.ts";
import { changeState } from "./change-state.ts";
import { createGroup } from "./create-group.ts";
import { dissolveGroup } from "./dissolve-group.ts";
import { editGroup } from "./edit-group.ts";
import { getGroup } from "./get-group.ts";
import { renameGroup } from "./rename-group.ts";
import { GROUPS } from "./tables.ts";
import { transferGroup } from "./transfer-group.ts";

/** The life of a group: made, described, handed over, ended. */
export const lifecycle: Feature = {
  tables: [anyTable(GROUPS)],
  commands: {
    "group.create": createGroup,
    "group.edit": editGroup,
    "group.rename": renameGroup,
    "group.settings": changeSettings,
    "group.policy": changePolicy,
    "group.transfer": transferGroup,
    "group.adopt": adoptGroup,
    "group.operators": changeOperators,
    "group.state": changeState,
    "dissolution.announce": announceDissolution,
    "dissolution.cancel": cancelDissolution,
    "group.dissolve": dissolveGroup,
  },
  queries: { "group.get": getGroup },
};
