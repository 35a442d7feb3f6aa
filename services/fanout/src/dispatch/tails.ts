import type { LaneEvent } from "@guildhall/proto";

/** Of each lane the newest events stay, beside everything not stored that is in memory, for gateways that open it. */
const KEEP_EVENTS = 200;
const KEEP_BYTES = 256 * 1024;
const KEEP_MS = 5 * 60_000;
const TRIM_MIN = 64;

type Tail = { events: LaneEvent[]; bytes: number };

/** The acknowledged end of every lane that moved lately. */
export class Tails {
  readonly #tails = new Map<string, Tail>();
  readonly #moved = new Set<string>();
  #stored: number;
  #gone = 0;

  constructor(stored: number) {
    this.#stored = stored;
  }

  add(event: LaneEvent): void {
    const id = `${event.g}/${event.l}`;
    let tail = this.#tails.get(id);
    if (tail === undefined) {
      tail = { events: [], bytes: 0 };
      this.#tails.set(id, tail);
    }
    tail.events.push(event);
    tail.bytes += event.bytes.length;
    this.#moved.add(id);
    this.#trim(tail);
  }

  /** Acknowledged events of a lane, rising, without holes, up to its newest. */
  events(g: number, l: number): readonly LaneEvent[] {
    return this.#tails.get(`${g}/${l}`)?.events ?? [];
  }

  /** Newest events of the lanes that moved since the last call, at most `max`; `all`: there were more. */
  takeMoved(max: number): { readonly heads: LaneEvent[]; readonly all: boolean } {
    const heads: LaneEvent[] = [];
    for (const id of this.#moved) {
      const last = this.#tails.get(id)?.events.at(-1);
      if (last !== undefined && heads.length < max) heads.push(last);
    }
    const all = this.#moved.size > max;
    this.#moved.clear();
    return { heads, all };
  }

  stored(position: number): void {
    this.#stored = position;
  }

  /** Bodies up to here are in the journal only, if they are not stored. */
  get goneTo(): number {
    return this.#gone;
  }

  gone(position: number): void {
    this.#gone = position;
  }

  /** Lets go of what is stored and old, and of what has left memory. */
  sweep(nowMs: number): void {
    for (const [id, tail] of this.#tails) {
      this.#trim(tail, 1);
      const last = tail.events.at(-1);
      if (last === undefined || (last.pos <= Math.max(this.#stored, this.#gone) && nowMs - last.at > KEEP_MS))
        this.#tails.delete(id);
    }
  }

  /** Cutting the front of an array moves the rest, so it waits until it is worth it. */
  #trim(tail: Tail, dropMin = TRIM_MIN): void {
    let drop = 0;
    let bytes = tail.bytes;
    for (const event of tail.events) {
      if (!this.#mayGo(event, tail.events.length - drop, bytes)) break;
      bytes -= event.bytes.length;
      drop++;
    }
    if (drop < dropMin) return;
    tail.events.splice(0, drop);
    tail.bytes = bytes;
  }

  /**
   * Whether the oldest event of a tail of so many, and so many bytes, may go. What is beyond the bound of memory goes,
   * stored or not, but for the newest: beacons name it.
   */
  #mayGo({ pos }: LaneEvent, events: number, bytes: number): boolean {
    if (this.#gone > this.#stored) return events > 1 && pos <= this.#gone;
    return pos <= this.#stored && (events > KEEP_EVENTS || bytes > KEEP_BYTES);
  }
}
