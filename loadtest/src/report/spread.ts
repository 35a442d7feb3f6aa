/** The least, the middle and the greatest of some rounds. */
export type Spread = { readonly min: number; readonly median: number; readonly max: number };

/** @throws RangeError without a value. */
export function spreadOf(values: readonly number[]): Spread {
  const rising = values.toSorted((a, b) => a - b);
  const at = (place: number): number => rising[place] ?? Number.NaN;
  if (rising.length === 0) throw new RangeError("no rounds");
  const middle = Math.floor(rising.length / 2);
  const median = rising.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2;
  return { min: at(0), median, max: at(rising.length - 1) };
}
