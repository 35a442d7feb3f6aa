import type { Query } from "@guildhall/entity";
import type { ClaimKey, ClaimView } from "@guildhall/proto";
import { CLAIMS, isHeld } from "./tables.ts";

/** `claim.get`: who holds a name now, confirmed or not; 0 for nobody. */
export const getClaim: Query<ClaimKey> = async (reader, { kind, name }, { g, nowMs }): Promise<ClaimView> => {
  const row = await reader.get(CLAIMS, g, kind, name);
  return { by: row !== undefined && isHeld(row, nowMs) ? row.by : 0 };
};
