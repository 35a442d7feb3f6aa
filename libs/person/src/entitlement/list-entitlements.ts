import type { Query } from "@guildhall/entity";
import type { EntitlementsList } from "@guildhall/proto";
import { ENTITLEMENTS_OF } from "./tables.ts";

/** `entitlements.list`: what one is entitled to, and the newest changes of that. */
export const listEntitlements: Query<Record<string, never>> = async (reader, _, { g }): Promise<EntitlementsList> => {
  const row = await reader.get(ENTITLEMENTS_OF, g);
  return { held: row?.held ?? {}, changes: row?.changes ?? [] };
};
