import { defineTable } from "@guildhall/store";

/** How far a person has read a group's main lane. */
export type CursorRow = {
  readonly u: number;
  readonly g: number;
  readonly ep: number;
  readonly s: number;
  /** Messages of the group up to `s`. */
  readonly m: number;
};

export const CURSORS = defineTable<CursorRow>({
  name: "cursors",
  partition: ["u"],
  clustering: ["g"],
  columns: { u: "int", g: "int", ep: "int", s: "int", m: "int" },
});
