/**
 * Faults that are built in on purpose, to see whether the tests find them. They exist only where the condition
 * `seeded` is given to node (`--conditions=seeded`): every other build holds the constant `false` in their place.
 */
export const SEEDED = [
  /** The gateway sends each event to each socket at once. */
  "no-gather",
  /** The journal acknowledges before the commit is on the disk. */
  "ack-before-sync",
  /** The owner knows no nonce from before its term. */
  "forget-nonces",
  /** A resume begins one event late. */
  "resume-off-by-one",
  /** What a socket did not take counts as sent, and no slow reader is closed. */
  "dropped-as-sent",
] as const;

export type Seeded = (typeof SEEDED)[number];
