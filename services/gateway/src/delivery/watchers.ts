import { EVENT_FLAGS } from "@guildhall/proto";
import { decodeEvent } from "@guildhall/wire";
import type { Session } from "../session/session.ts";
import type { KeptEvent } from "./ring.ts";

/** A passive session's place in a lane. */
export type Seat = {
  /** Seq after which its mentions are counted. */
  readonly from: number;
  /** Mentions of the person after `from`, up to the newest head that was made for them. */
  mentions: number;
};

/** The sessions that are told only where a lane's head is. */
export class Watchers {
  readonly #seats = new Map<Session, Seat>();
  /** Seq up to which mentions are in the seats. */
  #counted = 0;

  get size(): number {
    return this.#seats.size;
  }

  /**
   * Seats a session at the head `last`. `missed`: what it has not seen, as far as that is at hand; mentions
   * among them count.
   */
  add(session: Session, last: number, missed: readonly KeptEvent[]): Seat {
    if (this.#seats.size === 0) this.#counted = last;
    const seat = { from: last, mentions: 0 };
    for (const event of missed) if (mentions(event, session.person?.u)) seat.mentions++;
    this.#seats.set(session, seat);
    return seat;
  }

  delete(session: Session): boolean {
    return this.#seats.delete(session);
  }

  has(session: Session): boolean {
    return this.#seats.has(session);
  }

  all(): Iterable<readonly [Session, Seat]> {
    return this.#seats;
  }

  get(session: Session): Seat | undefined {
    return this.#seats.get(session);
  }

  /** Empties it and hands over who was in it. */
  take(): Session[] {
    const sessions = [...this.#seats.keys()];
    this.#seats.clear();
    return sessions;
  }

  /** Counts mentions in what follows the last call, of `events`. Events without mentions cost one look at a flag. */
  count(events: (from: number) => readonly KeptEvent[], last: number): void {
    if (last <= this.#counted) return;
    for (const event of events(this.#counted + 1)) {
      if ((event.flags & EVENT_FLAGS.mention) === 0) continue;
      const whom = mentioned(event);
      for (const [session, seat] of this.#seats) {
        if (event.s > seat.from && session.person !== undefined && whom(session.person.u)) seat.mentions++;
      }
    }
    this.#counted = last;
  }
}

function mentions(event: KeptEvent, u: number | undefined): boolean {
  return (event.flags & EVENT_FLAGS.mention) !== 0 && u !== undefined && mentioned(event)(u);
}

/** Whom the event mentions; nobody mentions themselves. */
function mentioned({ bytes }: KeptEvent): (u: number) => boolean {
  const { u, by: author = u, mn } = decodeEvent(bytes);
  if (mn === "all") return (person) => person !== author;
  const people = new Set(mn);
  return (person) => person !== author && people.has(person);
}
