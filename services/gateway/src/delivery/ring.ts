import { seeded } from "@guildhall/kernel/seeded";
import type { LaneEvent } from "@guildhall/proto";
import { EVENT_FLAGS } from "@guildhall/proto";

/** What a ring keeps at least, of what is stored: this long, this many, this much. Older events come from the store. */
const KEEP_MAX_MS = 5 * 60_000;
const KEEP_MAX_EVENTS = 2_000;
const KEEP_MAX_BYTES = 1024 * 1024;
/** Events that are not stored yet and that their owner holds stay beyond that, up to here; then the oldest go. */
const UNSTORED_MAX_EVENTS = 32_768;
const UNSTORED_MAX_BYTES = 16 * 1024 * 1024;

/**
 * An event as it is kept: `bytes` are its own, `json` is made when a JSON session first needs it, and `veiled`, the same
 * without what is not for everybody, when somebody it is not for does.
 */
export type KeptEvent = LaneEvent & { json: string | null; veiled: KeptEvent | null };

/** The event with bytes of its own: the batch it came in is not held on to. */
export function kept(event: LaneEvent): KeptEvent {
  const { g, l, s, pv, pos, at, flags } = event;
  return { g, l, s, pv, pos, at, flags, bytes: event.bytes.slice(), json: null, veiled: null };
}

/** The newest events of a lane, without a hole, for replays and pages. */
export class Ring {
  #events: KeptEvent[] = [];
  /** Index of the oldest event; what is before it is gone. */
  #start = 0;
  #bytes = 0;
  /** Newest position of an event that went before it was stored: it may have changed rows that the store has. */
  #lacksTo = 0;

  get size(): number {
    return this.#events.length - this.#start;
  }

  /** Seq of the oldest event; undefined when there is none. */
  get first(): number | undefined {
    return this.#events[this.#start]?.s;
  }

  get newest(): KeptEvent | undefined {
    return this.size === 0 ? undefined : this.#events.at(-1);
  }

  /** @throws RangeError when the event does not follow the newest: a bug. */
  push(event: KeptEvent): void {
    const { newest } = this;
    if (newest !== undefined && event.s !== newest.s + 1 && !seeded("rule-14-no-hole"))
      throw new RangeError(`${event.s} after ${newest.s}`);
    this.#events.push(event);
    this.#bytes += event.bytes.length;
  }

  get(s: number): KeptEvent | undefined {
    const { first } = this;
    return first === undefined || s < first ? undefined : this.#events[this.#start + s - first];
  }

  /** Those with a ≤ seq ≤ z that are here. */
  range(a: number, z: number): KeptEvent[] {
    const { first } = this;
    if (first === undefined) return [];
    return this.#events.slice(this.#start + Math.max(0, a - first), this.#start + Math.max(0, z - first + 1));
  }

  /** Those that change an older row, in order. */
  rewrites(): KeptEvent[] {
    return this.#events.slice(this.#start).filter((event) => (event.flags & EVENT_FLAGS.rewrite) !== 0);
  }

  /** Seq of the first event at or after `atMs`; undefined when the oldest is later, or none is so late. */
  seqAt(atMs: number): number | undefined {
    const oldest = this.#events[this.#start];
    if (oldest === undefined || oldest.at >= atMs) return undefined;
    return this.#events.slice(this.#start).find((event) => event.at >= atMs)?.s;
  }

  /** Whether events are missing before the oldest here that the store does not have: its rows are not to be shown. */
  lacks(stored: number): boolean {
    return this.#lacksTo > stored;
  }

  /** Begins anew. `lacksTo`: up to this position, what is not stored is missing. */
  clear(lacksTo = 0): void {
    this.#events = [];
    this.#start = 0;
    this.#bytes = 0;
    this.#lacksTo = lacksTo;
  }

  /**
   * Drops what need not be kept. `stored`: how far the store is, as a position, and `gone`: up to where the owner holds
   * no bodies either. The newest event always stays.
   */
  trim(nowMs: number, { stored, gone }: { readonly stored: number; readonly gone: number }): void {
    for (let oldest = this.#events[this.#start]; oldest !== undefined && this.size > 1; ) {
      if (!this.#mayGo(oldest, nowMs, Math.max(stored, gone))) break;
      if (oldest.pos > stored) this.#lacksTo = oldest.pos;
      this.#bytes -= oldest.bytes.length;
      this.#start++;
      oldest = this.#events[this.#start];
    }
    if (this.#start > 1_024 && this.#start > this.#events.length / 2) {
      this.#events = this.#events.slice(this.#start);
      this.#start = 0;
    }
  }

  #mayGo(event: KeptEvent, nowMs: number, heldElsewhere: number): boolean {
    if (this.size > UNSTORED_MAX_EVENTS || this.#bytes > UNSTORED_MAX_BYTES) return true;
    if (event.pos > heldElsewhere) return false;
    return this.size > KEEP_MAX_EVENTS || this.#bytes > KEEP_MAX_BYTES || nowMs - event.at > KEEP_MAX_MS;
  }
}
