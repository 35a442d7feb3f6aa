import type { AppealView } from "@guildhall/proto";
import { defineTable } from "@guildhall/store";

/** An appeal of the owner; numbered from 1 on. */
export type AppealRow = AppealView & { readonly g: number };

export const APPEALS = defineTable<AppealRow>({
  name: "appeals",
  partition: ["g"],
  clustering: ["n"],
  descending: true,
  columns: { g: "int", n: "int", t: "text", by: "int", at: "int", state: "text", answer: "json" },
});

/** The newest appeal, when it was written, and whether it waits for an answer. */
export type AppealHeadRow = { readonly g: number; readonly n: number; readonly at: number; readonly open: boolean };

export const APPEAL_HEADS = defineTable<AppealHeadRow>({
  name: "appeal_heads",
  partition: ["g"],
  clustering: [],
  columns: { g: "int", n: "int", at: "int", open: "bool" },
});
