import { anyTable, type Feature } from "@guildhall/entity";
import { openAudit } from "./open-audit.ts";
import { pageAudit } from "./page-audit.ts";
import { AUDIT, AUDIT_HEADS, AUDIT_READERS, AUDIT_REFUSALS } from "./tables.ts";

/** What was done by power of office, and the proof that nothing of it was changed. */
export const audit: Feature = {
  tables: [anyTable(AUDIT), anyTable(AUDIT_HEADS), anyTable(AUDIT_REFUSALS), anyTable(AUDIT_READERS)],
  commands: { "audit.open": openAudit },
  queries: { "audit.page": pageAudit },
};
