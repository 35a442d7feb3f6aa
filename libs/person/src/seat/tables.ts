import type { Grade } from "@guildhall/proto/tables";
import { defineTable } from "@guildhall/store";

/** An account as one of its operators lists it: told by the account's journal, so it may be behind. */
export type SeatRow = {
  readonly u: number;
  readonly a: number;
  readonly in: boolean;
  readonly name: string;
  /** Means nothing of who is none any more. */
  readonly grade: Grade;
  /** Journal epoch and position of what told it. */
  readonly ep: number;
  readonly pos: number;
};

export const SEATS = defineTable<SeatRow>({
  name: "seats",
  partition: ["u"],
  clustering: ["a"],
  columns: { u: "int", a: "int", in: "bool", name: "text", grade: "text", ep: "int", pos: "int" },
});
