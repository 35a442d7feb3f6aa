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

/** FNV-1a's start and prime, 32 bits. */
const BASIS = 2_166_136_261;
const PRIME = 16_777_619;

/** What stays of an event for ever, rewritten or not. */
function originHash({ k, u, ts, n }: Event): number {
  let state = hashNumber(hashNumber(hashText(BASIS, k), u), ts);
  for (const byte of n ?? []) state = Math.imul(state ^ byte, PRIME);
  return state | 0;
}

function bodyHash({ b, re, mn, x }: Event): number {
  const state = hashNumber(hashNumber(BASIS, re ?? 0), x ?? 0);
  return hashText(mn === undefined ? state : hashText(state, JSON.stringify(mn)), textOf(b) ?? JSON.stringify(b)) | 0;
}

/** The text of a body that is nothing else: nearly all of them. */
function textOf(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null || !("t" in body) || typeof body.t !== "string") return undefined;
  return Object.keys(body).length === 1 ? body.t : undefined;
}

/** Over UTF-16 units. */
function hashText(start: number, value: string): number {
  let state = start;
  for (let i = 0; i < value.length; i++) state = Math.imul(state ^ value.charCodeAt(i), PRIME);
  return state;
}

function hashNumber(start: number, value: number): number {
  return Math.imul(Math.imul(start ^ (value >>> 0), PRIME) ^ Math.floor(value / 2 ** 32), PRIME);
}
