import type { Feature } from "@guildhall/entity";
import { confirmGroup } from "./confirm-group.ts";
import { dropGroup } from "./drop-group.ts";
import { takeGroup } from "./take-group.ts";

/** What an account owns. */
export const groups: Feature = {
  tables: [],
  commands: { "account.take": takeGroup, "account.confirm": confirmGroup, "account.drop": dropGroup },
  queries: {},
};
