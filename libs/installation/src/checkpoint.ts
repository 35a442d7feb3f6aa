import { defineTable } from "@guildhall/store";

/**
 * How far the store has a partition's journal: everything up to `pos` of life `ep`. `relay` is how far
 * what the records mean for other entities has been carried out.
 */
export type CheckpointRow = { p: number; ep: number; pos: number; relay: number };

export const JOURNAL_CHECKPOINT = defineTable<CheckpointRow>({
  name: "journal_checkpoint",
  partition: ["p"],
  clustering: [],
  columns: { p: "int", ep: "int", pos: "int", relay: "int" },
});
