import type { Clock } from "@guildhall/kernel";
import type { HeadFrame } from "@guildhall/proto";
import { SERVER_FRAME } from "@guildhall/proto/tables";
import type { Session } from "../session/session.ts";
import type { Lane } from "./lane.ts";

/** How often lanes that moved are looked at. */
export const HEADS_EVERY_MS = 250;
/** A session is sent at most one `head` frame in this time. */
const SESSION_EVERY_MS = 1_000;
/** Sessions served in one turn; the others wait for the next, the longest waiting first. */
const SESSIONS_PER_TURN_MAX = 2_000;

export type HeadCounts = { heads: number; headsSkipped: number };

type Row = HeadFrame["h"][number];

/**
 * Tells passive sessions where the lanes that moved are now. An event costs one mark of its lane, however
 * many watch it; the rest is done once in HEADS_EVERY_MS. Who reads too slowly is told later, of all that moved.
 */
export class Heads {
  readonly #clock: Clock;
  readonly #counts: HeadCounts;
  readonly #moved = new Set<Lane>();
  /** Lanes each session is still to be told of, at most LIMITS.subscriptionsMax. */
  readonly #owed = new Map<Session, Set<Lane>>();

  constructor(clock: Clock, counts: HeadCounts) {
    this.#clock = clock;
    this.#counts = counts;
  }

  /** The lane has a new head. Runs once an event. */
  mark(lane: Lane): void {
    this.#moved.add(lane);
  }

  /** The session is to be told of this lane. */
  owe(session: Session, lane: Lane): void {
    const lanes = this.#owed.get(session);
    if (lanes === undefined) this.#owed.set(session, new Set([lane]));
    else lanes.add(lane);
  }

  /** Called every HEADS_EVERY_MS. */
  turn(): void {
    for (const lane of this.#moved) {
      lane.countMentions();
      for (const [session] of lane.watchers.all()) this.owe(session, lane);
    }
    this.#moved.clear();
    const encoded = new Map<string, Uint8Array>();
    const nowMs = this.#clock.monotonicMs();
    let served = 0;
    for (const [session, lanes] of this.#owed) {
      if (served === SESSIONS_PER_TURN_MAX) return;
      if (!session.open) this.#owed.delete(session);
      else if (nowMs - session.headAtMs < SESSION_EVERY_MS) continue;
      else if (session.out.full) this.#counts.headsSkipped++;
      else {
        this.#tell(session, lanes, encoded);
        session.headAtMs = nowMs;
        this.#owed.delete(session);
        served++;
      }
    }
  }

  /** Tells the session at once of what it is owed: before the answer that lets it go on. */
  tellNow(session: Session): void {
    const lanes = this.#owed.get(session);
    if (lanes === undefined) return;
    this.#owed.delete(session);
    this.#tell(session, lanes, new Map());
    session.headAtMs = this.#clock.monotonicMs();
  }

  forget(session: Session): void {
    this.#owed.delete(session);
  }

  /** `encoded`: frames made in this turn. Most sessions of one group are told the same. */
  #tell(session: Session, lanes: ReadonlySet<Lane>, encoded: Map<string, Uint8Array>): void {
    const h: Row[] = [];
    for (const lane of lanes) {
      const seat = lane.watchers.get(session);
      // It has left, or follows the events themselves.
      if (seat !== undefined) h.push([lane.g, lane.l, lane.ep, lane.last, lane.messages, seat.mentions]);
    }
    if (h.length === 0) return;
    const key = `${session.encoding}/${h.join("/")}`;
    let frame = encoded.get(key);
    if (frame === undefined) {
      frame = session.codec.encodeServer({ t: SERVER_FRAME.head, h });
      encoded.set(key, frame);
    }
    this.#counts.heads++;
    session.out.write(frame);
  }
}
