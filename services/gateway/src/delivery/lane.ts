import { seeded } from "@guildhall/kernel/seeded";
import type { LaneEvent, OpenReply } from "@guildhall/proto";
import { EVENT_FLAGS } from "@guildhall/proto";
import { decodeEvent } from "@guildhall/wire";
import type { Session } from "../session/session.ts";
import { Audience } from "./audience.ts";
import type { Partition } from "./partition.ts";
import { type KeptEvent, kept, Ring } from "./ring.ts";
import { Watchers } from "./watchers.ts";

/** Events that wait behind a hole, or for the lane to be verified. At the bound they go; opening again brings them. */
const HELD_MAX_EVENTS = 1_000;

/** Events that change who sees what, or that not everybody sees all of. */
const SIGHT_FLAGS = EVENT_FLAGS.permission | EVENT_FLAGS.veiled;

export type Opened = Exclude<OpenReply, { readonly err: unknown }>;
export type GapReason = "epoch" | "too_far";
/** Who has been let go by a lane: those who got its events, and those who watched its head. */
export type Left = { readonly active: readonly Session[]; readonly passive: readonly Session[] };

/** What a lane tells those who run it. */
export type LaneEvents = {
  /** The head moved, and somebody watches only that. */
  stirred(lane: Lane): void;
  /** There is something to flush, soon. */
  pending(lane: Lane): void;
  /** Whoever listens must be sent what is pending before anything else happens. */
  flush(lane: Lane): void;
  /** Permissions have changed by `event`: who sees what is not for everybody may have, too. */
  permission(lane: Lane, event: KeptEvent): void;
  /** Of some who listen it is not known whether they see what is pending. */
  unsure(lane: Lane): void;
  /** Somebody's membership has ended by `event`, the newest of the lane: cut them off now. */
  removal(lane: Lane, event: KeptEvent): void;
  /** The lane goes on at another place; who listened up to seq `have` has been let go. */
  moved(lane: Lane, left: Left, have: number, why: GapReason): void;
  /** The lane must be opened again: it has a hole, or is not verified. */
  wanting(lane: Lane): void;
  /** A seq is known to exist and has not come: `look` is to be called, twice a little apart. */
  expecting(lane: Lane): void;
  /** An event came a second time, or too late. */
  repeated(): void;
};

type Waiter = { readonly s: number; readonly resolve: (reached: boolean) => void };

/**
 * One lane as this gateway holds it: applies events strictly one after another, keeps the newest, and
 * knows who is sent them.
 *
 * `opening`: no answer yet · `live`: applies what comes · `unsure`: what comes is held until the owner
 * has answered again · `closed`: forgotten.
 */
export class Lane {
  readonly g: number;
  readonly l: number;
  readonly partition: Partition;
  readonly audience = new Audience();
  /** Who is told only of the head. */
  readonly watchers = new Watchers();
  readonly ring = new Ring();
  state: "opening" | "live" | "unsure" | "closed" = "opening";
  ep = 0;
  /** Seq of the newest event applied: nothing beyond it is shown to anybody. */
  last = 0;
  /** Newest permission version applied. */
  pv = 0;
  /** Applied and not yet sent to the audience. */
  pending: KeptEvent[] = [];
  /** Some of that is not for everybody. */
  veiled = false;
  /** Who sees that is being asked: what is pending waits a little. */
  asking = false;
  /** Monotonic, ms. */
  flushedAtMs = Number.NEGATIVE_INFINITY;
  usedAtMs: number;
  /** Number of the owner's beacon up to which nothing can be missing. */
  verifiedAt = -1;
  /** An answer that verifies the lane must know at least this beacon. */
  mustSee = -1;
  readonly #events: LaneEvents;
  #messages = 0;
  #expected = 0;
  /** The epoch of what is expected. */
  #expectedEp = 0;
  /** What was expected at the last look; 0 while nobody looks. */
  #lookedFor = 0;
  #looking = false;
  #held: KeptEvent[] = [];
  /** The epoch of what is held. */
  #heldEp = 0;
  #settling: ((live: boolean) => void)[] = [];
  #waiters: Waiter[] = [];

  constructor(g: number, l: number, partition: Partition, events: LaneEvents, nowMs: number) {
    this.g = g;
    this.l = l;
    this.partition = partition;
    this.#events = events;
    this.usedAtMs = nowMs;
  }

  /** Messages so far, up to `last`. */
  get messages(): number {
    const { newest } = this.ring;
    return newest === undefined ? this.#messages : decodeEvent(newest.bytes).m;
  }

  /** Somebody listens or watches: what comes matters. */
  get attended(): boolean {
    return this.audience.size > 0 || this.watchers.size > 0;
  }

  /** Brings the seats of those who watch up to the head. */
  countMentions(): void {
    this.watchers.count((from) => this.ring.range(from, this.last), this.last);
  }

  /** The highest seq that is known to exist. */
  get expected(): number {
    return this.#expected;
  }

  /** Something is known to be missing, or may be. */
  get incomplete(): boolean {
    return this.state === "opening" || this.state === "unsure" || this.#held.length > 0 || this.#expected > this.last;
  }

  /** Takes an event of the owner's newest term, of epoch `ep`. */
  receive(event: LaneEvent, ep: number): void {
    if (this.state === "closed") return;
    if (this.state === "opening" && seeded("rule-13-keep-before-open")) return;
    if (this.state !== "live") return this.#hold(event, ep);
    if (event.s <= this.last) return this.#events.repeated();
    if (event.s > this.last + 1 && !seeded("rule-14-no-hole")) {
      this.#hold(event, ep);
      return this.#events.wanting(this);
    }
    this.#apply(kept(event));
    if (this.#held.length > 0) this.#release();
  }

  /** Seq `s` of epoch `ep` exists: if it does not come by itself, it is fetched. */
  expect(s: number, ep: number): void {
    if (this.state === "closed" || !this.#raise(s, ep) || s <= this.last || this.#looking) return;
    this.#looking = true;
    this.#lookedFor = 0;
    this.#events.expecting(this);
  }

  /** Fetches what was expected at the look before this one and has not come. Whether to look again. */
  look(): boolean {
    const missing = this.state === "live" && this.last < this.#lookedFor;
    this.#lookedFor = this.#expected;
    this.#looking = !missing && this.state !== "closed" && this.last < this.#expected;
    if (missing) this.#events.wanting(this);
    return this.#looking;
  }

  /** Resolves with whether seq `s` has been applied within `timeoutMs`. */
  reach(s: number, timeoutMs: number): Promise<boolean> {
    if (this.last >= s || this.state === "closed") return Promise.resolve(this.last >= s);
    this.expect(s, this.ep);
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#wake((waiter) => waiter === mine), timeoutMs);
      const mine: Waiter = {
        s,
        resolve: (reached) => {
          clearTimeout(timer);
          resolve(reached);
        },
      };
      this.#waiters.push(mine);
    });
  }

  /** What is here may be incomplete: until an answer that knows beacon `mustSee`, nothing more is applied. */
  doubt(mustSee: number): void {
    if (this.state === "closed") return;
    if (this.state === "live") this.state = "unsure";
    // Beacons of a new term are counted from the beginning.
    this.verifiedAt = -1;
    this.mustSee = mustSee;
  }

  /**
   * Applies the owner's answer, with `before`: what lies between `last` and its first event. `all`: what
   * was expected beyond the answer does not exist.
   */
  take(reply: Opened, before: readonly KeptEvent[], all: boolean): void {
    if (this.state === "closed") return;
    if (this.ep === reply.ep) {
      for (const event of before) if (event.s === this.last + 1) this.#apply(event);
      for (const event of reply.events) if (event.s === this.last + 1) this.#apply(kept(event));
    }
    if (this.ep !== reply.ep || this.last < reply.s) this.#move(reply);
    this.pv = Math.max(this.pv, this.last === reply.s ? reply.pv : 0);
    this.verifiedAt = reply.beacon;
    this.mustSee = -1;
    if (all) this.#expected = this.last;
    this.state = "live";
    this.#release();
    for (const resolve of this.#settling.splice(0)) resolve(true);
  }

  /** Resolves with whether the lane is live within `timeoutMs`. */
  settled(timeoutMs: number): Promise<boolean> {
    if (this.state === "live" || this.state === "closed") return Promise.resolve(this.state === "live");
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#settling = this.#settling.filter((one) => one !== mine);
        resolve(false);
      }, timeoutMs);
      const mine = (live: boolean) => {
        clearTimeout(timer);
        resolve(live);
      };
      this.#settling.push(mine);
    });
  }

  close(): void {
    this.state = "closed";
    this.#held = [];
    this.#wake(() => true);
    for (const resolve of this.#settling.splice(0)) resolve(false);
  }

  /** Begins anew where the answer stands. */
  #move(reply: Opened): void {
    const have = this.last;
    const fresh = this.ep === 0;
    const why: GapReason = this.ep === reply.ep ? "too_far" : "epoch";
    this.#events.flush(this);
    this.ring.clear(reply.lacks);
    for (const event of reply.events) this.ring.push(kept(event));
    this.#messages = reply.m;
    if (this.#expectedEp !== reply.ep) this.#expected = 0;
    this.#expectedEp = reply.ep;
    if (this.#heldEp !== reply.ep) this.#held = [];
    this.ep = reply.ep;
    this.last = reply.s;
    this.pv = reply.pv;
    const left = { active: this.audience.take(), passive: this.watchers.take() };
    if (!fresh) this.#events.moved(this, left, have, why);
    this.#wake((waiter) => waiter.s <= this.last);
  }

  #apply(event: KeptEvent): void {
    this.ring.push(event);
    this.last = event.s;
    this.pv = Math.max(this.pv, event.pv);
    if (this.audience.size > 0) {
      this.pending.push(event);
      if ((event.flags & SIGHT_FLAGS) !== 0) this.#sight(event);
      this.#events.pending(this);
    }
    if (this.watchers.size > 0) this.#events.stirred(this);
    if ((event.flags & EVENT_FLAGS.removal) !== 0) {
      if (seeded("rule-15-removal-in-order")) setTimeout(() => this.#events.removal(this, event), 50);
      else this.#events.removal(this, event);
    }
    if (this.#waiters.length > 0) this.#wake((waiter) => waiter.s <= this.last);
  }

  #sight(event: KeptEvent): void {
    if ((event.flags & EVENT_FLAGS.permission) !== 0) this.#events.permission(this, event);
    if ((event.flags & EVENT_FLAGS.veiled) !== 0) this.veiled = true;
    if (this.veiled && this.audience.unsure.size > 0) this.#events.unsure(this);
  }

  /** Whether this is more than was expected. What is said of an epoch before it is nothing. */
  #raise(s: number, ep: number): boolean {
    if (ep < this.#expectedEp || (ep === this.#expectedEp && s <= this.#expected)) return false;
    if (this.state === "opening" && seeded("rule-13-keep-before-open")) return false;
    this.#expected = s;
    this.#expectedEp = ep;
    return true;
  }

  #hold(event: LaneEvent, ep: number): void {
    if (ep !== this.#heldEp) this.#held = [];
    this.#heldEp = ep;
    if (ep === this.ep && event.s <= this.last) return this.#events.repeated();
    if (this.#held.length < HELD_MAX_EVENTS) this.#held.push(kept(event));
    else {
      this.#held = [];
      this.#raise(event.s, ep);
    }
  }

  /** Applies what was held, as far as it follows. */
  #release(): void {
    const held = this.#held.sort((one, other) => one.s - other.s);
    this.#held = [];
    for (const event of held) {
      if (event.s === this.last + 1) this.#apply(event);
      else if (event.s > this.last) this.#held.push(event);
    }
    if (this.#held.length > 0) this.#events.wanting(this);
  }

  #wake(whom: (waiter: Waiter) => boolean): void {
    const [woken, left]: [Waiter[], Waiter[]] = [[], []];
    for (const waiter of this.#waiters) (whom(waiter) ? woken : left).push(waiter);
    this.#waiters = left;
    for (const waiter of woken) waiter.resolve(waiter.s <= this.last);
  }
}
