import type { LaneEvent } from "@guildhall/proto";

/** Of each lane the newest events stay, beside everything not stored, for gateways that open it. */
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

  /** Lets go of what is stored and old. */
  sweep(nowMs: number): void {
    for (const [id, tail] of this.#tails) {
      this.#trim(tail);
      const last = tail.events.at(-1);
      if (last === undefined || (last.pos <= this.#stored && nowMs - last.at > KEEP_MS)) this.#tails.delete(id);
    }
  }

  /** Cutting the front of an array moves the rest, so it waits until it is worth it. */
  #trim(tail: Tail): void {
    let drop = 0;
    let bytes = tail.bytes;
    for (const event of tail.events) {
      const over = tail.events.length - drop > KEEP_EVENTS || bytes > KEEP_BYTES;
      if (!over || event.pos > this.#stored) break;
      bytes -= event.bytes.length;
      drop++;
    }
    if (drop < TRIM_MIN) return;
    tail.events.splice(0, drop);
    tail.bytes = bytes;
  }
}
