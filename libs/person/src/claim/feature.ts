import { anyTable, type Feature } from "@guildhall/entity";
import { confirmClaim } from "./confirm-claim.ts";
import { getClaim } from "./get-claim.ts";
import { CLAIMS } from "./tables.ts";
import { takeClaim } from "./take-claim.ts";

/** Names that are unique over all partitions: claimed first, then used, then confirmed. */
export const claim: Feature = {
  tables: [anyTable(CLAIMS)],
  commands: { "claim.take": takeClaim, "claim.confirm": confirmClaim },
  queries: { "claim.get": getClaim },
};
