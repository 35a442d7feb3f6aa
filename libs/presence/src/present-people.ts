import { ExpiringMap } from "./expiring-map.ts";

/** Groups with somebody in them. Beyond it those of the longest ago count as empty until somebody enters again. */
const GROUPS_MAX = 200_000;
/** Sessions in one group. Beyond it the one that entered first is forgotten. */
const SESSIONS_PER_GROUP_MAX = 20_000;

type Seat = { readonly person: number; readonly untilMs: number };
/** `untilMs`: when the last of the seats ends, at the earliest. */
type Room = { readonly seats: Map<string, Seat>; untilMs: number };

/** Which sessions are in which group. */
export class PresentPeople {
  readonly #rooms = new ExpiringMap<number, Room>(GROUPS_MAX);

  enter(group: number, session: string, person: number, untilMs: number, nowMs: number): void {
    const room = this.#rooms.get(group, nowMs) ?? { seats: new Map<string, Seat>(), untilMs };
    room.seats.delete(session);
    if (room.seats.size >= SESSIONS_PER_GROUP_MAX) forgetFirst(room.seats);
    room.seats.set(session, { person, untilMs });
    room.untilMs = Math.max(room.untilMs, untilMs);
    this.#rooms.set(group, room, room.untilMs, nowMs);
  }

  exit(group: number, session: string, nowMs: number): void {
    const seats = this.#rooms.get(group, nowMs)?.seats;
    seats?.delete(session);
    if (seats?.size === 0) this.#rooms.delete(group);
  }

  count(group: number, nowMs: number): number {
    const seats = this.#rooms.get(group, nowMs)?.seats;
    if (seats === undefined) return 0;
    const people = new Set<number>();
    for (const [session, { person, untilMs }] of seats) {
      if (untilMs <= nowMs) seats.delete(session);
      else people.add(person);
    }
    return people.size;
  }

  clear(): void {
    this.#rooms.clear();
  }
}

function forgetFirst(seats: Map<string, Seat>): void {
  for (const session of seats.keys()) {
    seats.delete(session);
    return;
  }
}
