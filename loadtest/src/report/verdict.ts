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

/** Whether the median keeps the bound. `margin` widens it: 2 lets twice as much, or half, pass. NaN never passes. */
export function holds({ spread, bound }: Verdict, margin = 1): boolean {
  const value = margin > 1 ? (bound.reached ?? bound.value) : bound.value;
  return bound.at === "most" ? spread.median <= value * margin : spread.median >= value / margin;
}
