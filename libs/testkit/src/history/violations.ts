/** The promises a history is held against; RELIABILITY's names. */
export const INVARIANTS = {
  I1: "what was answered ok is in the final history",
  I2: "a nonce has one place, and every answer names it",
  I3: "the places of a group are 1, 2, 3 … without a hole",
  I4: "a place holds the same for everybody, however it is read",
  I5: "a connection is sent the next event or is told of a gap",
  I6: "nothing is seen that nobody sent",
  I7: "what begins after something was known comes after it",
  I8: "the commands of a connection keep their order",
  I9: "what was refused is never seen",
  I10: "who was removed gets nothing that is placed behind that, and nothing of theirs is, until they are in again",
  I11: "every command of moderation was allowed to its author where it stands in the order of the group",
  I12: "nothing of a group reaches somebody who was never in it",
  I13: "whoever sent something was a member where it stands",
  I14: "a page that covers what its reader was answered has it",
  I15: "a resume begins right behind its cursor, or a gap is told",
  I16: "what a process holds in memory stays below its bound",
  I17: "after faults groups are answered in time, and everybody online has the same within 30 seconds",
} as const;

export type Invariant = keyof typeof INVARIANTS;

export type Violation = {
  readonly invariant: Invariant;
  readonly group: number;
  readonly text: string;
  /** Times of the records that contradict each other, ns. */
  readonly at: readonly number[];
};

/** Violations kept with their text; further ones are only counted. */
const KEPT_MAX = 100;

export class Violations {
  readonly kept: Violation[] = [];
  count = 0;
  /** How often each promise was put to the test. */
  readonly tested = Object.fromEntries(Object.keys(INVARIANTS).map((name) => [name, 0])) as Record<Invariant, number>;

  /** Something could have broken the promise here. */
  test(invariant: Invariant): void {
    this.tested[invariant]++;
  }

  add(invariant: Invariant, group: number, text: string, ...at: readonly number[]): void {
    this.count++;
    if (this.kept.length < KEPT_MAX) this.kept.push({ invariant, group, text, at });
  }
}
