import { defineTable } from "@guildhall/store";

/** A group as one of its people lists it: told by the group's journal, so it may be behind. */
export type MembershipRow = {
  readonly u: number;
  readonly g: number;
  readonly in: boolean;
  readonly name: string;
  readonly number: number;
  /** When they joined, ms. */
  readonly at: number;
  /** Journal epoch and position of what told it. */
  readonly ep: number;
  readonly pos: number;
};

export const MEMBERSHIPS = defineTable<MembershipRow>({
  name: "memberships",
  partition: ["u"],
  clustering: ["g"],
  columns: { u: "int", g: "int", in: "bool", name: "text", number: "int", at: "int", ep: "int", pos: "int" },
});
