/** Tokens are taken one at a time from a bucket that holds `burst` and fills with `perSecond`. */
export type Rate = { readonly perSecond: number; readonly burst: number };
export type Taken = { readonly ok: boolean; readonly retryAfterMs: number };

/** How far somebody has read: seq `s` of epoch `ep`, with `m` messages up to there. */
export type Cursor = { readonly ep: number; readonly s: number; readonly m: number };

/**
 * Who is here, and how often somebody did something. Nothing here is the truth about anything that was
 * acknowledged: losing it all costs a minute of wrong presence and fuller buckets.
 */
export interface Presence extends AsyncDisposable {
  /** `session` of `person` is connected. Forgotten `ttlMs` after the last call for it. */
  arrive(person: number, session: string, ttlMs: number): Promise<void>;

  /** The session has ended. */
  leave(person: number, session: string): Promise<void>;

  /** Live sessions of each person, in the order asked. */
  sessions(people: readonly number[]): Promise<readonly number[]>;

  /**
   * `session` of `person` is in these groups. Forgotten `ttlMs` after the last call for it and the group, so that
   * the people of a gateway that died go by themselves.
   */
  enter(person: number, session: string, groups: readonly number[], ttlMs: number): Promise<void>;

  /** The session is in these groups no more. */
  exit(session: string, groups: readonly number[]): Promise<void>;

  /** How many people have a live session in each group, each counted once, in the order asked. */
  present(groups: readonly number[]): Promise<readonly number[]>;

  /**
   * The person has read the group up to `cursor`. The furthest stands, by epoch and then seq. Forgotten
   * `ttlMs` after the last call that moved it: by then it is in the store.
   */
  putCursor(person: number, group: number, cursor: Cursor, ttlMs: number): Promise<void>;

  /** Cursors of the person that are on their way to the store, in the order asked. */
  cursors(person: number, groups: readonly number[]): Promise<readonly (Cursor | undefined)[]>;

  /** Takes one token of bucket `name`. `retryAfterMs`: when one will be there; 0 if taken. */
  take(name: string, rate: Rate): Promise<Taken>;
}
