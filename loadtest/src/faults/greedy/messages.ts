import type { Person } from "../../driver/messages.ts";

export type AttackTask = {
  readonly kind: "attack";
  readonly url: string;
  /** The attackers' own group. They are its members. */
  readonly g: number;
  readonly people: readonly Person[];
  /** Sets the addresses of a round apart from those of the others. */
  readonly round: number;
};

/** How one socket of an attack ended: `CLOSE 4401`, `DROP`, `OK`, `REFUSED 503` and so on, and when, from its opening. */
export type Ending = { readonly word: string; readonly afterMs: number };

export type AttackReport = {
  readonly name: string;
  readonly endings: readonly Ending[];
};

export type FromAttackers =
  /** `lateMs`: how long the attackers' process itself was held up at most: its clock is no better than that. */
  | { readonly kind: "attacked"; readonly attacks: readonly AttackReport[]; readonly lateMs: number }
  | { readonly kind: "failed"; readonly why: string };
