import { AppError } from "@guildhall/kernel";
import { seeded } from "@guildhall/kernel/seeded";
import type { OwnerClient } from "@guildhall/owner";
import { type Answer, EVENT_FLAGS, type Event, type GetFrame, type Page } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { eventOfRow, type TimelineReader, type TimelineRow } from "@guildhall/timeline";
import { decodeEvent } from "@guildhall/wire";
import type { Session } from "../session/session.ts";
import type { Lane } from "./lane.ts";
import { MAIN_LANE } from "./lanes.ts";
import { Right, type RightsNeeds } from "./rights.ts";
import { type KeptEvent, kept } from "./ring.ts";
import { seesSpeakers } from "./sight.ts";
import { layOver } from "./stored.ts";
import { veil } from "./veil.ts";

/** How long the lane may take to reach what a page must show. */
const REACH_MAX_MS = 2_000;
/** Attempts to bring a page together while the lane moves on under it. */
const ROUNDS_MAX = 8;
const RETRY_MS = 250;

/** Reads of the store for pages, and pages that waited for the read of another. */
export type HistoryCounts = { historyReads: number; historyShared: number };

export type HistoryNeeds = RightsNeeds & {
  readonly counts: HistoryCounts;
  readonly owner: Pick<OwnerClient, "open">;
  readonly timeline: Pick<TimelineReader, "range" | "seqAt">;
};

/** A page that may be written in this turn: its events in rising order, and the head it was cut at. */
export type Reading = { readonly lane: Lane; readonly events: readonly Event[]; readonly head: number };
type Span = { readonly a: number; readonly z: number };

/** Rows of the store with the lane's rewrites at that time: what a row lacks is in one of the two, or newer. */
type Stored = {
  readonly ep: number;
  readonly head: number;
  readonly rewrites: readonly KeptEvent[];
  readonly rows: readonly TimelineRow[];
  /** What the store lacked and the owner had. */
  readonly rest: readonly KeptEvent[];
};

/** Reads pages of history: the store, laid over with what of the lane is not stored yet, cut at its head. */
export class History {
  readonly #needs: HistoryNeeds;
  /** Reads under way; who wants the same waits for the same. As many as sessions that read. */
  readonly #reads = new Map<string, Promise<Stored>>();

  constructor(needs: HistoryNeeds) {
    this.#needs = needs;
  }

  /**
   * Brings together the page `frame` asks for and gives it to `write` in a turn in which it is complete and
   * the session may see it.
   *
   * @throws AppError with the refusal; `PERM_STALE`; `UNAVAILABLE` where the page would have a hole.
   */
  async read(session: Session, frame: GetFrame, write: (reading: Reading) => void): Promise<void> {
    const { g } = frame;
    const right = new Right(this.#needs, session, g, "READ_HISTORY");
    await this.#caughtUp(await right.holding((lane) => lane));
    const start = frame.at === undefined ? 0 : await this.#seqAt(g, frame.at);
    let stored: Stored | undefined;
    for (let round = 0; round < ROUNDS_MAX; round++) {
      const lacking = await right.holding((lane, answer) =>
        this.#compose(lane, spanOf(frame, start, lane.last), stored, (reading) => write(seenBy(answer, reading))),
      );
      if (lacking === undefined) return;
      if ("rev" in lacking) await this.#reached(lacking.lane, lacking.rev);
      else stored = await this.#read(lacking.lane, lacking);
    }
    throw again("the lane moves on too fast");
  }

  #compose(
    lane: Lane,
    { a, z }: Span,
    stored: Stored | undefined,
    write: (reading: Reading) => void,
  ): (Span & { readonly lane: Lane }) | { readonly rev: number; readonly lane: Lane } | undefined {
    const page = gather(lane, { a, z }, stored !== undefined && joins(stored, lane) ? stored : undefined);
    if (page.missing !== undefined) return { lane, a, z: page.missing };
    if (page.rev > lane.last) return { lane, rev: page.rev };
    write({ lane, events: page.events, head: lane.last });
    return undefined;
  }

  /** Who has been answered that a seq exists gets a page that may have it. */
  async #caughtUp(lane: Lane): Promise<void> {
    if (lane.expected > lane.last) await this.#reached(lane, lane.expected);
  }

  async #reached(lane: Lane, s: number): Promise<void> {
    if (await lane.reach(s, REACH_MAX_MS)) return;
    // A lane that was forgotten is opened anew, and then stands where the owner stands.
    if (lane.state !== "closed") throw again(`lane is at ${lane.last}, not ${s}`);
  }

  /** Seq of the first event at or after `atMs`. */
  async #seqAt(g: number, atMs: number): Promise<number> {
    const { ring, last } = await this.#needs.lanes.open(g);
    const { newest, first } = ring;
    if (newest !== undefined && newest.at < atMs) return last + 1;
    return ring.seqAt(atMs) ?? Math.min(first ?? last + 1, await this.#needs.timeline.seqAt(g, MAIN_LANE, atMs));
  }

  /** Rows `a` to `z`, one read however many want it. What the store lacks is asked of the owner. */
  #read(lane: Lane, { a, z }: Span): Promise<Stored> {
    const key = `${lane.g}/${lane.ep}/${a}/${z}`;
    let read = this.#reads.get(key);
    if (read !== undefined) this.#needs.counts.historyShared++;
    else {
      this.#needs.counts.historyReads++;
      read = this.#readNow(lane, { a, z }).finally(() => this.#reads.delete(key));
      this.#reads.set(key, read);
    }
    return read;
  }

  async #readNow(lane: Lane, { a, z }: Span): Promise<Stored> {
    const { g, ep, last: head } = lane;
    if (lane.ring.lacks(lane.partition.stored)) throw again("what changed stored rows is in the journal only");
    const rewrites = lane.ring.rewrites();
    const rows = await this.#needs.timeline.range(g, MAIN_LANE, a, z);
    if (rows.length === z - a + 1) return { ep, head, rewrites, rows, rest: [] };
    const reply = await this.#needs.owner.open(g, MAIN_LANE);
    if (!lane.partition.admits(reply.ep, reply.term) || reply.ep !== ep) throw again("answer of another owner");
    const has = new Set(rows.map(({ s }) => s));
    const rest = reply.events.map(kept).filter(({ s }) => s >= a && s <= z && !has.has(s));
    if (rows.length + rest.length !== z - a + 1) throw again(`store and owner lack some of ${a} to ${z}`);
    const newer = reply.events.map(kept).filter(({ flags }) => (flags & EVENT_FLAGS.rewrite) !== 0);
    return { ep, head, rewrites: [...rewrites, ...newer], rows, rest };
  }
}

/** The page as the session may see it that `answer` is about. Its events are made for it alone. */
function seenBy(answer: Answer, reading: Reading): Reading {
  return seesSpeakers(answer) ? reading : { ...reading, events: reading.events.map(veil) };
}

/** Whether nothing lies between what was known at the read and what the ring has now. */
function joins(stored: Stored, { ep, ring, last }: Lane): boolean {
  return stored.ep === ep && (ring.first ?? last + 1) <= stored.head + 1;
}

function again(why: string): AppError {
  return new AppError("UNAVAILABLE", why, { retryAfterMs: RETRY_MS });
}

/** The seqs a frame asks for, within 1 and `head`; nothing where z < a. `start`: the seq that `at` stands for. */
export function spanOf(frame: GetFrame, start: number, head: number): Span {
  const { a, z, before, at, around, lim = LIMITS.pageMax } = frame;
  if (before !== undefined) {
    const last = Math.min(before - 1, head);
    return { a: Math.max(1, last - lim + 1), z: last };
  }
  if (around !== undefined) {
    const low = Math.max(1, Math.min(around, head) - Math.floor(lim / 2));
    const last = Math.min(head, low + lim - 1);
    return { a: Math.max(1, last - lim + 1), z: last };
  }
  if (at !== undefined) return { a: start, z: Math.min(head, start + lim - 1) };
  return { a: a ?? 1, z: Math.min(z ?? 0, head) };
}

type Gathered = {
  readonly events: readonly Event[];
  /** The highest seq that is neither in the ring nor among the rows. */
  readonly missing: number | undefined;
  /** The newest rewrite that a row already has. */
  readonly rev: number;
};

/** Brings a page together from rows and ring, with every rewrite that the lane has applied. */
function gather(lane: Lane, { a, z }: Span, stored: Stored | undefined): Gathered {
  const found = new Map<number, Event>();
  if (stored !== undefined) addStored(found, stored);
  for (const { s, bytes } of lane.ring.range(a, z)) if (!found.has(s)) found.set(s, decodeEvent(bytes));
  const events: Event[] = [];
  let rev = 0;
  for (let s = z; s >= a; s--) {
    const event = found.get(s);
    if (event === undefined) return { events: [], missing: s, rev: 0 };
    events.push(event);
    rev = Math.max(rev, event.rev ?? 0);
  }
  layAllOver(found, stored?.rewrites ?? [], lane.last);
  layAllOver(found, lane.ring.rewrites(), lane.last);
  return { events: events.reverse(), missing: undefined, rev };
}

function addStored(found: Map<number, Event>, { rows, rest }: Stored): void {
  for (const row of rows) found.set(row.s, eventOfRow(row));
  for (const { s, bytes } of rest) found.set(s, decodeEvent(bytes));
}

/** Rewrites beyond `last` are still to come. */
function layAllOver(found: ReadonlyMap<number, Event>, rewrites: readonly KeptEvent[], last: number): void {
  if (seeded("rule-12-lay-over")) return;
  for (const { s, bytes } of rewrites) if (s <= last) layOver(found, decodeEvent(bytes));
}

/** The page as it is answered; `more` in the direction that was asked, which is both ways for `around`. */
export function pageOf(frame: GetFrame, { lane, head }: Reading, events: readonly Event[]): Page {
  const a = events[0]?.s ?? 0;
  const z = events.at(-1)?.s ?? 0;
  const older = a > 1;
  const newer = z < (frame.z === undefined ? head : Math.min(frame.z, head));
  const more = frame.before !== undefined ? older : frame.around !== undefined ? older || newer : newer;
  return { a, z, e: [...events], more: events.length > 0 && more, ep: lane.ep };
}
