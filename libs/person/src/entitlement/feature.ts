import { anyTable, type Feature } from "@guildhall/entity";
import { entitle } from "./entitle.ts";
import { listEntitlements } from "./list-entitlements.ts";
import { ENTITLEMENTS_OF } from "./tables.ts";

/** What the operator has entitled somebody to. Groups keep a copy of it with the member. */
export const entitlement: Feature = {
  tables: [anyTable(ENTITLEMENTS_OF)],
  commands: { "person.entitle": entitle },
  queries: { "entitlements.list": listEntitlements },
};
