import { spreadOf } from "../../report/spread.ts";

/** What a device that was signed out came to, ms. */
export type Lateness = {
  /** By how much later than the acknowledgement the newest event it was sent had been committed; 0 where none had. */
  readonly lateMs: number;
  /** From the acknowledgement to the end of its socket; infinite where that did not come. */
  readonly closedMs: number;
};

/** The smallest of the values that so large a share of them does not exceed. @throws RangeError without a value. */
export function quantileOf(values: readonly number[], share: number): number {
  const rising = values.toSorted((a, b) => a - b);
  const value = rising[Math.max(0, Math.ceil(rising.length * share) - 1)];
  if (value === undefined) throw new RangeError("no values");
  return value;
}

/** Minimum, median, p99 and maximum for people, ms. */
export function rangeOf(values: readonly number[]): string {
  const { min, median, max } = spreadOf(values);
  return [min, median, quantileOf(values, 0.99), max].map((ms) => ms.toFixed(1)).join(" / ");
}

/** What is wrong with values that have bounds; nothing where none does. */
export function over(
  what: string,
  values: readonly number[],
  { p99Ms, maxMs }: { readonly p99Ms: number; readonly maxMs: number },
): string[] {
  const [p99, max] = [quantileOf(values, 0.99), quantileOf(values, 1)];
  return [
    ...(p99 > p99Ms ? [`${what}: p99 ${p99.toFixed(1)} ms, over ${p99Ms} ms`] : []),
    ...(max > maxMs ? [`${what}: ${max.toFixed(1)} ms, over ${maxMs} ms`] : []),
  ];
}
