/** How much of a lane is remembered, to judge later copies by. A copy of what is forgotten counts as unchecked. */
export type Kept = {
  /** Of the stream, as the first member got it: bytes and frames. */
  readonly bytes: number;
  readonly frames: number;
  /** Events, and messages of each sender at a baseline. */
  readonly events: number;
};

/** For a lane that has the driver to itself. */
export const KEPT_ALONE: Kept = { bytes: 32 * 1024 * 1024, frames: 2 ** 18, events: 2 ** 16 };
/** For the least of many lanes: seconds of what one of many small groups says. */
const KEPT_LEAST: Kept = { bytes: 1024 * 1024, frames: 2 ** 12, events: 2 ** 12 };

/** What each of `groups` lanes keeps, so that all together keep about as much as one alone. */
export function keptOf(groups: number): Kept {
  const share = (name: keyof Kept): number => Math.max(KEPT_LEAST[name], Math.floor(KEPT_ALONE[name] / groups));
  return { bytes: share("bytes"), frames: share("frames"), events: share("events") };
}
