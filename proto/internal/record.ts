/** A changed row: table, key (partition columns, then clustering columns), the whole row or null. */
export type RowWrite = readonly [
  table: string,
  key: readonly (number | string)[],
  row: Readonly<Record<string, unknown>> | null,
];

/** 0: the actor's own · 1: the group's, and only who may read the acts of power sees the actor · 2: the group's, and all see. */
export type Voice = 0 | 1 | 2;

/**
 * What one command did to one entity. `s` 0: it shows nothing and only changes rows.
 * Replaying it needs no business code.
 */
export type Entry = {
  /** The entity and its lane. */
  readonly g: number;
  readonly l: number;
  readonly s: number;
  /** Owner's time, ms; rises within a lane. */
  readonly at: number;
  /** The actor (0: the system), the actor's device, and the voice. */
  readonly u: number;
  readonly dev: string;
  readonly as: Voice;
  readonly k: string;
  /** Nonce, and the first 16 bytes of SHA-256 of the command: what makes a repeat the same. */
  readonly n: Uint8Array | null;
  readonly h: Uint8Array | null;
  /** Messages so far in the lane. */
  readonly m: number;
  /** Permission version it happened under; `pp` the one before, if this entry changed it, else −1. */
  readonly pv: number;
  readonly pp: number;
  /** Bucket of the timeline: its first seq, and the bytes in it up to and with this entry. */
  readonly bk: number;
  readonly bb: number;
  readonly b: unknown;
  readonly re: number;
  readonly mn: readonly number[] | "all" | null;
  readonly why: string;
  readonly w: readonly RowWrite[];
};

/**
 * How far nonces are ahead of the clock that their commands are committed by: of the entries since `sinceMs` none has a
 * nonce that was made more than `ms` after the entry's time.
 */
export type Lead = { readonly ms: number; readonly sinceMs: number };

/**
 * One append to the journal of partition `p`. `stored` is how far the store was when it was written,
 * so that a takeover needs no answer from the store to begin. A record without entries is a `term`
 * record (the first of each term) or proof that the owner still owns.
 */
export type JournalRecord = {
  readonly p: number;
  readonly ep: number;
  readonly term: number;
  readonly stored: number;
  readonly e: readonly Entry[];
  /** As of this record, itself included; not in records of earlier versions. */
  readonly lead?: Lead;
};
