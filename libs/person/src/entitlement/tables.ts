import type { EntitlementChange, Holdings } from "@guildhall/proto";
import { defineTable } from "@guildhall/store";

/** What somebody is entitled to, and how often that has changed. */
export type EntitlementsRow = {
  readonly u: number;
  readonly v: number;
  readonly held: Holdings;
  /** The newest LIMITS.entitlementChangesKept, oldest first. */
  readonly changes: readonly EntitlementChange[];
};

export const ENTITLEMENTS_OF = defineTable<EntitlementsRow>({
  name: "entitlements",
  partition: ["u"],
  clustering: [],
  columns: { u: "int", v: "int", held: "json", changes: "json" },
});
