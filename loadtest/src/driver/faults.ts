/**
 * What the deliveries of a round came to. All but `delivered` must be 0.
 *
 * missing never came · doubled came again · reordered came after a later one · altered differs from what was
 * sent, or from what another member got · unchecked came, but there was nothing left to compare it with
 */
export type Deliveries = {
  delivered: number;
  missing: number;
  doubled: number;
  reordered: number;
  altered: number;
  unchecked: number;
};

export const NO_DELIVERIES: Readonly<Deliveries> = {
  delivered: 0,
  missing: 0,
  doubled: 0,
  reordered: 0,
  altered: 0,
  unchecked: 0,
};

/** How many deliveries were wrong, or could not be judged. */
export function wrongCount(deliveries: Readonly<Deliveries>): number {
  const { delivered: _, ...wrong } = deliveries;
  return Object.values(wrong).reduce((sum, count) => sum + count, 0);
}
