import type { Spread } from "./spread.ts";

/**
 * What a measure must reach: at most, or at least, a number of its unit. `reached`: what it comes to so far, where that
 * is not the bound yet; a margin counts from there, so that it still shows what gets worse.
 */
export type Bound = { readonly at: "most" | "least"; readonly value: number; readonly reached?: number };

/** One line of the table of all scenarios: what the rounds measured, and what the median of them must reach. */
export type Verdict = {
  readonly scenario: string;
  /** With its unit, as `history page p99, ms`, or as a ratio: `CPU a delivery ÷ topics`. */
  readonly measure: string;
  readonly spread: Spread;
  readonly bound: Bound;
};

/**
 * Whether the median keeps the bound. A `margin` above 1 widens it, 2 to twice as much or half, and asks the best round:
 * whoever shares the machine spoils single rounds, what has got worse is worse in all of them. NaN never passes.
 */
export function holds({ spread, bound }: Verdict, margin = 1): boolean {
  if (margin === 1) return bound.at === "most" ? spread.median <= bound.value : spread.median >= bound.value;
  const value = bound.reached ?? bound.value;
  return bound.at === "most" ? spread.min <= value * margin : spread.max >= value / margin;
}
