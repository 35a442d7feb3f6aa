import { nonceKey } from "@guildhall/kernel";
import type { Event } from "@guildhall/proto";

/** How many of a lane's newest events are remembered to compare repeats with; older repeats go unchecked. */
const REMEMBERED_EVENTS = 256;

/**
 * The server broke a promise. order: an event's seq is not the last plus one ·
 * content: one seq came with two contents · short: a frame does not carry every seq it covers ·
 * undecodable: a frame that is not one · place: an event's seq is not the one its command was answered with
 */
export type Violation = {
  readonly kind: "order" | "content" | "short" | "undecodable" | "place";
  /** Group, or 0 where none is concerned. */
  readonly g: number;
  readonly s: number;
  readonly detail: string;
};

/** The newest events of one lane as short hashes: enough to see two contents under one seq. */
export class Remembered {
  readonly #seqs = new Float64Array(REMEMBERED_EVENTS);
  readonly #revs = new Float64Array(REMEMBERED_EVENTS);
  readonly #origins = new Int32Array(REMEMBERED_EVENTS);
  readonly #bodies = new Int32Array(REMEMBERED_EVENTS);

  keep(event: Event): void {
    const at = event.s % REMEMBERED_EVENTS;
    this.#seqs[at] = event.s;
    this.#revs[at] = event.rev ?? 0;
    this.#origins[at] = originHash(event);
    this.#bodies[at] = bodyHash(event);
  }

  /** Whether `event` contradicts what is remembered under its seq. A body may differ only where `rev` does. */
  contradicts(event: Event): boolean {
    const at = event.s % REMEMBERED_EVENTS;
    if (this.#seqs[at] !== event.s) return false;
    if (this.#origins[at] !== originHash(event)) return true;
    return this.#revs[at] === (event.rev ?? 0) && this.#bodies[at] !== bodyHash(event);
  }

  clear(): void {
    this.#seqs.fill(0);
  }
}

/** What stays of an event for ever, rewritten or not. */
function originHash(event: Event): number {
  return hash(`${event.k} ${event.u} ${event.ts} ${event.n === undefined ? "" : nonceKey(event.n)}`);
}

function bodyHash(event: Event): number {
  return hash(JSON.stringify([event.b, event.re, event.mn, event.x]));
}

/** FNV-1a over UTF-16 units, 32 bits. */
function hash(value: string): number {
  let state = 2_166_136_261;
  for (let i = 0; i < value.length; i++) state = Math.imul(state ^ value.charCodeAt(i), 16_777_619);
  return state | 0;
}
