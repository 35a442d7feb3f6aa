import type { Lead, RowWrite } from "./record.ts";

/** The head of a lane. */
export type HandedLane = {
  readonly l: number;
  readonly s: number;
  readonly at: number;
  readonly m: number;
  readonly pv: number;
  readonly bk: number;
  readonly bkAt: number;
  readonly bb: number;
};

/** A nonce that was used, as its owner keeps it: key, seq, time, mentions, permission version, hash. */
export type HandedNonce = readonly [key: string, s: number, at: number, m: number, pv: number, hash: string];

/** A group that was in use. Its nonces are all that were used since `fromMs`. */
export type HandedGroup = {
  readonly g: number;
  readonly lanes: readonly HandedLane[];
  readonly fromMs: number;
  readonly nonces: readonly HandedNonce[];
};

/**
 * Subject `handover.<p>`: what an owner that leaves in order has in memory, for whoever comes next. It holds as of
 * record `pos`, and only while that is the journal's newest: who appends behind it knows that nothing came between.
 * Who misses it reads journal and store.
 */
export type HandOver = {
  readonly p: number;
  readonly ep: number;
  readonly term: number;
  readonly pos: number;
  /** How far the store is, and what records mean for others. */
  readonly stored: number;
  readonly relayed: number;
  readonly lead: Lead;
  readonly groups: readonly HandedGroup[];
  readonly rows: readonly RowWrite[];
};
/** At most so many bytes are handed over, beside its frame. */
export const HAND_OVER_MAX_BYTES = 256 * 1024;
