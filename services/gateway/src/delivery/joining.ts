import { AppError } from "@guildhall/kernel";
import { seeded } from "@guildhall/kernel/seeded";
import { hasBit } from "@guildhall/model";
import type { OwnerClient } from "@guildhall/owner";
import type { Answer, SubscribedRow } from "@guildhall/proto";
import { SERVER_FRAME } from "@guildhall/proto/tables";
import type { TimelineReader } from "@guildhall/timeline";
import type { Session } from "../session/session.ts";
import { evFrames, type Flusher } from "./flusher.ts";
import type { Heads } from "./heads.ts";
import type { Lane } from "./lane.ts";
import { MAIN_LANE } from "./lanes.ts";
import { Right, type RightsNeeds } from "./rights.ts";
import type { KeptEvent } from "./ring.ts";
import { seesSpeakers } from "./sight.ts";
import { keptOfRow } from "./stored.ts";
import { veiled } from "./veil.ts";

/** Events of a replay that are read from the store, or written, in one go. */
const STRETCH_MAX_EVENTS = 200;
/** How long a stored row that was rewritten later than the lane has got is waited for. */
const REWRITE_MAX_MS = 2_000;
/** How long what a client has seen elsewhere is waited for, and when it may come again if that was in vain. */
const AHEAD_MAX_MS = 2_000;
const AHEAD_RETRY_MS = 250;

/** Where a client says it stands in the lane. */
export type Position = { readonly ep: number; readonly s: number };
export type ResumeCounts = { full: number; gap: number };

export type JoiningNeeds = RightsNeeds & {
  readonly owner: Pick<OwnerClient, "open">;
  readonly timeline: Pick<TimelineReader, "range">;
  readonly flusher: Flusher;
  readonly heads: Heads;
  readonly counts: ResumeCounts;
  readonly failed: (error: unknown, what: string) => void;
};

/** Tells a client that what it has does not lead up to the lane's head. */
export function sendGap(session: Session, { g, ep, last }: Lane, have: number, why: string): void {
  session.send({ t: SERVER_FRAME.gap, g, ep, have, s: last, why });
}

/** Whether a session is sent the lane's events, or only its head. */
export type Mode = "active" | "passive";

/** One session on its way into one lane. */
export class Joining {
  readonly #needs: JoiningNeeds;
  readonly #session: Session;
  readonly #g: number;
  readonly #position: Position | undefined;
  readonly #mode: Mode;
  readonly #right: Right;
  /** What the client has, once that is known to be a place in the lane; and the epoch of it. */
  #at: number | undefined;
  #ep = 0;
  #rec: "full" | "gap" = "full";
  /** Whether the session sees who speaks as the group, as of the answer of this turn. */
  #sees = false;
  /** Read from the store, not sent yet. */
  #read: KeptEvent[] = [];

  constructor(needs: JoiningNeeds, session: Session, g: number, position: Position | undefined, mode: Mode) {
    this.#needs = needs;
    this.#session = session;
    this.#g = g;
    this.#position = position;
    this.#mode = mode;
    this.#right = new Right(needs, session, g, "VIEW_GROUP");
  }

  async run(): Promise<SubscribedRow> {
    const session = this.#session;
    const mute = await this.#mutedUntil();
    await this.#caughtUp(await this.#right.holding((lane) => lane));
    for (;;) {
      const step = await this.#right.holding((lane, answer) => this.#step(lane, answer, mute));
      if (!("lane" in step)) return step;
      if (session.out.full) await session.out.room();
      else await this.#readOn(step.lane);
    }
  }

  /**
   * Whoever comes from another gateway may have seen more than this one has. Whether that exists is asked of the
   * owner, so that a wrong cursor costs one question and delays nobody else.
   */
  async #caughtUp(lane: Lane): Promise<void> {
    const position = this.#position;
    if (position === undefined || position.ep !== lane.ep || position.s <= lane.last) return;
    const head = await this.#needs.owner.open(this.#g, MAIN_LANE);
    if (head.ep !== position.ep || head.s < position.s) return;
    if (await lane.reach(position.s, AHEAD_MAX_MS)) return;
    // A lane that was forgotten is opened anew, and then stands where the owner stands.
    if (lane.state === "closed") return;
    throw new AppError("UNAVAILABLE", `lane is at ${lane.last}, not ${position.s}`, { retryAfterMs: AHEAD_RETRY_MS });
  }

  /** What may be done in a turn in which the right holds: the row at the end of it, or the lane to go on with. */
  #step(lane: Lane, answer: Answer, mute: number | undefined): SubscribedRow | { readonly lane: Lane } {
    if (!this.#session.open) throw new AppError("UNAVAILABLE", "session has ended");
    if (this.#mode === "passive") return this.#watch(lane, answer, mute);
    this.#judge(lane, answer);
    this.#sees = seesSpeakers(answer);
    return this.#replay(lane) ? this.#attach(lane, answer, mute) : { lane };
  }

  #attach(lane: Lane, answer: Answer, mute: number | undefined): SubscribedRow {
    // What the others still wait for, this session has been sent.
    this.#needs.flusher.flush(lane);
    lane.audience.add(this.#session, this.#sees);
    this.#session.groups.add(this.#g);
    return this.#row(lane, answer, mute);
  }

  /** Nothing is replayed: the client has its cursor for the day it follows the events. */
  #watch(lane: Lane, answer: Answer, mute: number | undefined): SubscribedRow {
    const position = this.#position;
    const session = this.#session;
    if (position !== undefined && position.ep !== lane.ep) this.#gap(lane, "epoch");
    else if (position !== undefined && position.s > lane.last) this.#gap(lane, "future");
    const missed = position === undefined || this.#rec === "gap" ? [] : lane.ring.range(position.s + 1, lane.last);
    lane.watchers.add(session, lane.last, missed);
    session.passive.add(this.#g);
    if (position !== undefined && this.#rec === "full" && position.s < lane.last) this.#needs.heads.owe(session, lane);
    return this.#row(lane, answer, mute);
  }

  #row(lane: Lane, answer: Answer, mute: number | undefined): SubscribedRow {
    if (this.#position !== undefined) this.#needs.counts[this.#rec]++;
    const me = { p: [answer.lo, answer.hi] as [number, number], rank: answer.rank };
    return {
      g: this.#g,
      l: MAIN_LANE,
      ep: lane.ep,
      s: lane.last,
      m: lane.messages,
      pv: lane.pv,
      me: mute === undefined ? me : { ...me, mute },
      rec: this.#rec,
    };
  }

  /** Decides whether a replay from the client's place is possible. */
  #judge(lane: Lane, answer: Answer): void {
    const position = this.#position;
    if (this.#at === undefined) this.#begin(lane, answer, position);
    else if (this.#ep !== lane.ep) this.#gap(lane, "epoch");
    else if (lane.last - this.#at > this.#session.replay.events) this.#gap(lane, "too_far");
    this.#ep = lane.ep;
  }

  #begin(lane: Lane, answer: Answer, position: Position | undefined): void {
    if (position === undefined) this.#at = lane.last;
    else if (position.ep !== lane.ep) this.#gap(lane, "epoch");
    else if (position.s > lane.last) this.#gap(lane, "future");
    else if (lane.last - position.s > this.#session.replay.events) this.#gap(lane, "too_far");
    else if (position.s < lane.last && !hasBit(answer, "READ_HISTORY")) this.#gap(lane, "history");
    else this.#at = seeded("resume-off-by-one") && position.s < lane.last ? position.s + 1 : position.s;
  }

  #gap(lane: Lane, why: string): void {
    sendGap(this.#session, lane, this.#at ?? this.#position?.s ?? 0, why);
    this.#rec = "gap";
    this.#at = lane.last;
    this.#read = [];
  }

  /** Sends what is at hand. Whether the client now has all that the lane has applied. */
  #replay(lane: Lane): boolean {
    const { out, replay } = this.#session;
    while (this.#at !== undefined && this.#at < lane.last && out.open) {
      if (out.full) return false;
      const [frame, events] = this.#frame(lane, this.#stretch(lane, this.#at + 1));
      if (frame === undefined) return false;
      out.write(frame);
      replay.bytes -= frame.length;
      replay.events -= events;
      this.#at += events;
      if (replay.bytes <= 0 && this.#at < lane.last) this.#gap(lane, "too_far");
    }
    return true;
  }

  /** Consecutive events from seq `a` on, from what was read or from the ring; none where neither has it. */
  #stretch(lane: Lane, a: number): KeptEvent[] {
    const read = this.#read.slice(a - (this.#read[0]?.s ?? a));
    if (read.length > 0) return read;
    return lane.ring.range(a, a + STRETCH_MAX_EVENTS - 1).filter(({ s }, i) => s === a + i);
  }

  /** As many of `events` as fit into one frame, so that a slow reader is noticed between frames. */
  #frame(lane: Lane, events: readonly KeptEvent[]): readonly [Uint8Array | undefined, number] {
    if (events.length === 0) return [undefined, 0];
    const frames = evFrames(this.#session.encoding, lane, this.#sees ? events : events.map(veiled));
    if (frames.length === 1) return [frames[0], events.length];
    return this.#frame(lane, events.slice(0, Math.ceil(events.length / frames.length / 2) || 1));
  }

  /** Reads the next stretch that the ring does not have. What cannot be read becomes a gap. */
  async #readOn(lane: Lane): Promise<void> {
    const a = (this.#at ?? lane.last) + 1;
    const z = Math.min((lane.ring.first ?? lane.last + 1) - 1, a + STRETCH_MAX_EVENTS - 1);
    try {
      const rows = await this.#needs.timeline.range(this.#g, MAIN_LANE, a, z);
      if (rows.length !== z - a + 1) throw new AppError("UNAVAILABLE", `store has ${rows.length} of ${a} to ${z}`);
      const rev = Math.max(...rows.map((row) => row.rev));
      if (!(await lane.reach(rev, REWRITE_MAX_MS))) throw new AppError("UNAVAILABLE", `lane has not reached ${rev}`);
      this.#read = rows.map(keptOfRow);
    } catch (error) {
      this.#needs.failed(error, "replay_failed");
      await this.#right.holding((now) => this.#gap(now, "too_far"));
    }
  }

  async #mutedUntil(): Promise<number | undefined> {
    const { person } = this.#session;
    if (person === undefined) throw new AppError("UNAUTHENTICATED");
    const question = { g: this.#g, u: person.u, need: ["SEND_MESSAGE"] as const, auth: person.auth, minV: 0 };
    const { why, until } = await this.#needs.permit.check(question);
    return why === "MUTED" ? until : undefined;
  }
}
