export type BackoffOptions = {
  /** The first wait is at most this long, ms. */
  readonly startMs: number;
  /** The first wait after an overloaded or flooded server, ms. */
  readonly slowStartMs: number;
  readonly maxMs: number;
  /** From 0 up to, but not, 1. */
  readonly random: () => number;
};

export const DEFAULT_BACKOFF: BackoffOptions = {
  startMs: 500,
  slowStartMs: 5_000,
  maxMs: 60_000,
  random: () => Math.random(),
};

/** Doublings after which every start has passed any sensible maximum. */
const DOUBLINGS_MAX = 20;

/** Full jitter: a wait drawn evenly from 0 to the start doubled `attempt` times, at most `maxMs`. `attempt` is from 0. */
export function backoffMs(options: BackoffOptions, attempt: number, slow = false): number {
  const start = slow ? options.slowStartMs : options.startMs;
  const ceiling = Math.min(options.maxMs, start * 2 ** Math.min(attempt, DOUBLINGS_MAX));
  return Math.round(options.random() * ceiling);
}
