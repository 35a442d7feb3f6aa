import { anyTable, type Feature } from "@guildhall/entity";
import { answerAppeal } from "./answer-appeal.ts";
import { listAppeals } from "./list-appeals.ts";
import { APPEAL_HEADS, APPEALS } from "./tables.ts";
import { writeAppeal } from "./write-appeal.ts";

/** What the owner says to the operator about a group that was frozen or banned. */
export const appeal: Feature = {
  tables: [anyTable(APPEALS), anyTable(APPEAL_HEADS)],
  commands: { "appeal.write": writeAppeal, "appeal.answer": answerAppeal },
  queries: { "appeals.list": listAppeals },
};
