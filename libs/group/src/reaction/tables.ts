import type { ReactionCount } from "@guildhall/proto";
import { defineTable } from "@guildhall/store";

/** Seqs of a lane whose counts lie in one partition of the store. */
const SECTION_SEQS = 4_096;

/** The partition in which the counts of `s` are. */
export function sectionOf(s: number): number {
  return Math.floor(s / SECTION_SEQS);
}

/** How many have reacted to a message, by emoji. There is no row of a message without reactions, or one that is gone. */
export type ReactionsRow = {
  readonly g: number;
  readonly l: number;
  /** Section of `s`. */
  readonly sec: number;
  readonly s: number;
  /** At most LIMITS.reactionKindsMax, none of them 0. */
  readonly counts: readonly ReactionCount[];
};

export const REACTIONS = defineTable<ReactionsRow>({
  name: "reactions",
  partition: ["g", "l", "sec"],
  clustering: ["s"],
  columns: { g: "int", l: "int", sec: "int", s: "int", counts: "json" },
});

/**
 * What one person has reacted with to a message: what makes a repeat of it no second one. Rows of a message
 * that is gone stay and are not read any more.
 */
export type ReactorRow = {
  readonly g: number;
  readonly l: number;
  readonly s: number;
  readonly u: number;
  /** Not empty. */
  readonly r: readonly string[];
};

export const REACTORS = defineTable<ReactorRow>({
  name: "reactors",
  partition: ["g", "l", "s"],
  clustering: ["u"],
  columns: { g: "int", l: "int", s: "int", u: "int", r: "texts" },
});
