import type { Clock } from "@guildhall/kernel";

/** A clock that stands still until the test moves it. */
export interface FakeClock extends Clock {
  advance(ms: number): void;
}

/** Both its times begin at `startMs`. */
export function fakeClock(startMs = 1_700_000_000_000): FakeClock {
  let nowMs = startMs;
  return {
    nowMs: () => nowMs,
    monotonicMs: () => nowMs,
    advance(ms) {
      nowMs += ms;
    },
  };
}
