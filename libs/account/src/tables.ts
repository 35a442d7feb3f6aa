import type { Operator } from "@guildhall/proto";
import { defineTable } from "@guildhall/store";

/** An account: whom it acts through, and what it owns. */
export type AccountRow = {
  readonly a: number;
  readonly name: string;
  /** When it was created, ms. */
  readonly at: number;
  /** Who acts for it, at most LIMITS.operatorsPerAccountMax; one of them at least is a main one. */
  readonly operators: readonly Operator[];
  /** When name or operators changed last, ms; later changes have later times. */
  readonly changed: number;
  /** Who was an operator last, at most GONE_MAX, oldest first. */
  readonly gone: readonly number[];
  /** Ids of the groups it owns, in the order they came, at most LIMITS.groupsPerAccountMax with those to come. */
  readonly groups: readonly number[];
  /** Groups it has said yes to, and until when, ms, they may say so too. */
  readonly coming: readonly (readonly [g: number, until: number])[];
};

/** Of those who were operators the newest are remembered: groups that hear of it late still take their roles. */
export const GONE_MAX = 50;

/** A yes to a group that does not come lapses after this time. */
export const COMING_MS = 60_000;

export const ACCOUNTS = defineTable<AccountRow>({
  name: "accounts",
  partition: ["a"],
  clustering: [],
  columns: {
    a: "int",
    name: "text",
    at: "int",
    operators: "json",
    changed: "int",
    gone: "ints",
    groups: "ints",
    coming: "json",
  },
});
