import { AppError, type Clock, errorCodeOf, isRetryable, makeNonce } from "@guildhall/kernel";
import type { OwnerClient } from "@guildhall/owner";
import type { Cursor, Presence } from "@guildhall/presence";
import { isAhead, type PutCursorArgs } from "@guildhall/proto";
import type { TimelineReader } from "@guildhall/timeline";
import { decodeEvent } from "@guildhall/wire";
import { type Lanes, MAIN_LANE } from "../delivery/lanes.ts";
import type { Ephemeral } from "./ephemeral.ts";

/** Between two tellings of a cursor to a person's other devices. */
export const TELL_EVERY_MS = 500;
/** Between two commands that store how far one person has read one group. */
const STORE_EVERY_MS = 2_000;
/** Longer than a cursor can be on its way to the store. */
const ON_THE_WAY_MS = 60_000;
/** Cursors that wait. At the bound a further one is not taken: the person reads on, or reads again. */
const WAITING_MAX = 100_000;
/** Commands and reads under way at once. */
const AT_ONCE_MAX = 64;

export type ReadingCounts = { cursorsStored: number; cursorsFailed: number };

export type ReadingNeeds = {
  readonly lanes: Pick<Lanes, "held">;
  readonly timeline: Pick<TimelineReader, "range">;
  readonly presence: Presence;
  readonly owner: Pick<OwnerClient, "command">;
  readonly ephemeral: Pick<Ephemeral, "publish">;
  readonly clock: Clock;
  readonly counts: ReadingCounts;
  readonly failed: (error: unknown, what: string) => void;
};

type Read = { readonly u: number; readonly g: number; readonly sid: string; readonly ep: number; readonly s: number };
type Counted = Read & Cursor;

/**
 * How far people have read. A `read` costs a look into a map; the furthest of each person and group is told to
 * their other devices every TELL_EVERY_MS and stored every STORE_EVERY_MS. What is on its way is in `presence`:
 * a crash loses at most that.
 */
export class Reading {
  readonly #needs: ReadingNeeds;
  #read = new Map<string, Read>();
  #unstored = new Map<string, Counted>();
  #storedAtMs = Number.NEGATIVE_INFINITY;
  #running: Promise<void> | undefined;
  #commands = 0;

  constructor(needs: ReadingNeeds) {
    this.#needs = needs;
  }

  /** The session has shown seq `s`. False when too many wait. */
  note(read: Read): boolean {
    const key = `${read.u}/${read.g}`;
    const known = this.#read.get(key);
    if (known === undefined && this.#read.size >= WAITING_MAX) return false;
    if (known === undefined || isAhead(read, known)) this.#read.set(key, read);
    return true;
  }

  /** Called every TELL_EVERY_MS. One turn at a time. */
  turn(): void {
    const due = this.#needs.clock.monotonicMs() - this.#storedAtMs >= STORE_EVERY_MS;
    if (this.#running !== undefined || (this.#read.size === 0 && !(due && this.#unstored.size > 0))) return;
    // Never rejects.
    this.#running = this.#run(due).finally(() => {
      this.#running = undefined;
    });
  }

  /** Stores everything that waits. Never rejects. */
  async flush(): Promise<void> {
    await this.#running;
    await this.#run(true);
  }

  async #run(store: boolean): Promise<void> {
    const reads = [...this.#read.values()];
    this.#read = new Map();
    await each(reads, (read) => this.#tell(read));
    if (!store) return;
    this.#storedAtMs = this.#needs.clock.monotonicMs();
    const unstored = [...this.#unstored.values()];
    this.#unstored = new Map();
    await each(unstored, (read) => this.#store(read));
  }

  async #tell(read: Read): Promise<void> {
    const { presence, ephemeral, failed } = this.#needs;
    try {
      const { u, g, sid, ep, s } = read;
      const m = await this.#messagesAt(read);
      if (m === undefined) return;
      this.#keep({ ...read, m });
      await presence.putCursor(u, g, { ep, s, m }, ON_THE_WAY_MS);
      ephemeral.publish({ k: "read", g, u, sid, s, m });
    } catch (error) {
      failed(error, "read_failed");
    }
  }

  /** Messages up to the seq; nothing where the lane has begun anew, so that the seq means nothing. */
  async #messagesAt({ g, ep, s }: Read): Promise<number | undefined> {
    const lane = this.#needs.lanes.held(g);
    if (lane === undefined || lane.ep !== ep) return undefined;
    const event = lane.ring.get(s);
    if (event !== undefined) return decodeEvent(event.bytes).m;
    if (s >= lane.last) return lane.messages;
    return (await this.#needs.timeline.range(g, MAIN_LANE, s, s))[0]?.m;
  }

  #keep(read: Counted): void {
    const key = `${read.u}/${read.g}`;
    const known = this.#unstored.get(key);
    if (known === undefined ? this.#unstored.size < WAITING_MAX : isAhead(read, known)) this.#unstored.set(key, read);
  }

  async #store(read: Counted): Promise<void> {
    const { owner, clock, counts, failed } = this.#needs;
    const { u, g, ep, s, m } = read;
    const nowMs = clock.nowMs();
    const a: PutCursorArgs = { g, ep, s, m };
    const at = `read.${u}.${(++this.#commands).toString(36)}`;
    // A cursor never goes back: a late copy does no harm.
    const by = { u, dev: "", auth: 0, as: 0, pv: 0, why: "", dl: 0, at };
    try {
      await owner.command({ ...by, g: u, l: MAIN_LANE, n: makeNonce(nowMs), m: "cursor.put", a });
      counts.cursorsStored++;
    } catch (error) {
      counts.cursorsFailed++;
      if (error instanceof AppError && isRetryable(errorCodeOf(error))) this.#keep(read);
      else failed(error, "cursor_failed");
    }
  }
}

/** `work` on every item, AT_ONCE_MAX at a time. */
async function each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let from = 0; from < items.length; from += AT_ONCE_MAX) {
    await Promise.all(items.slice(from, from + AT_ONCE_MAX).map(work));
  }
}
