import { anyTable, type Feature } from "@guildhall/entity";
import { pageAudit } from "./page-audit.ts";
import { AUDIT, AUDIT_HEADS, AUDIT_REFUSALS } from "./tables.ts";

/** What was done by power of office, and the proof that nothing of it was changed. */
export const audit: Feature = {
  tables: [anyTable(AUDIT), anyTable(AUDIT_HEADS), anyTable(AUDIT_REFUSALS)],
  commands: {},
  queries: { "audit.page": pageAudit },
};
