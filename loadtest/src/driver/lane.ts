import { OPCODE } from "../clients/framing.ts";
import type { Latencies } from "../report/latency.ts";
import { type Deliveries, NO_DELIVERIES } from "./faults.ts";
import { KEPT_ALONE, type Kept } from "./kept.ts";
import { frameAt, Partial } from "./partial.ts";
import { Reference, type ReferenceFrame } from "./reference.ts";

/** What a frame of the lane tells, once read. */
export type Reading = ReferenceFrame & {
  /** How many of its messages are not what was sent or what others got, and how many cannot be judged any more. */
  readonly altered: number;
  readonly unchecked: number;
};

/** Knows what the frames of one kind of server mean. */
export interface LaneReader {
  /** Reads the payload of a frame that has no known twin. Nothing where it is not one of the lane. */
  read(payload: Buffer, member: number): Reading | undefined;
  /** Member `member` has everything up to `seq`. */
  reached(member: number, seq: number): void;
  /** A ping, pong or close frame for `member`. */
  control(opcode: number, payload: Buffer, member: number): void;
}

/** Deliveries of one frame within this time are recorded together, as of the latest. */
const TOGETHER_MS = 0.25;
/** Frames whose copies wait to be recorded. Beyond it the oldest are recorded, and later copies of them apart. */
const COPIES_MAX = 4_096;

type Member = {
  /** Whether it stands at a place of the reference: byte `offset`, within frame `index`. */
  synced: boolean;
  offset: number;
  index: number;
  last: number;
  /** Seqs it has been sent past: they may still come, out of order. */
  holes: Set<number>;
  partial: Partial | undefined;
};

/** Copies of one reference frame that came at about one time and are not recorded yet. */
type Copies = { sinceMs: number; lastMs: number; count: number };

/**
 * Judges every delivery of one lane to every member. The first copy of a frame is read by the LaneReader and
 * becomes part of the reference; copies are compared with it byte for byte. A frame that was cut otherwise for some
 * member, as one that was gathered at another moment is, is read by itself and judged message by message.
 */
export class Lane {
  readonly #reference: Reference;
  readonly #reader: LaneReader;
  readonly #latencies: Latencies;
  readonly #members: Member[] = [];
  readonly #copies = new Map<number, Copies>();
  readonly counts: Deliveries = { ...NO_DELIVERIES };

  constructor(reader: LaneReader, latencies: Latencies, kept: Kept = KEPT_ALONE) {
    this.#reference = new Reference(kept);
    this.#reader = reader;
    this.#latencies = latencies;
  }

  /** Adds a member who has everything up to `seq`. Its number is how many there were before. */
  join(seq: number): number {
    this.#members.push({ synced: false, offset: 0, index: 0, last: seq, holes: new Set(), partial: undefined });
    this.#sync(this.#member(this.#members.length - 1));
    return this.#members.length - 1;
  }

  /** The member has everything up to `seq` by other means. */
  start(member: number, seq: number): void {
    const one = this.#member(member);
    one.last = seq;
    this.#sync(one);
  }

  /** Whether every member has everything up to `seq`. */
  hasReached(seq: number): boolean {
    return this.#members.every(({ last }) => last >= seq);
  }

  /** Judges what one read brought a member. @throws Error for bytes that are no frames. */
  receive(number: number, bytes: Buffer, length: number, nowMs: number): void {
    const member = this.#member(number);
    const before = member.last;
    let at = 0;
    while (at < length) {
      if (member.partial === undefined) {
        at += this.#follow(member, bytes, at, length, nowMs);
        if (at === length) break;
        this.#leaveFrame(member);
      }
      at = this.#take(number, member, bytes, at, length, nowMs);
    }
    if (member.last !== before) this.#reader.reached(number, member.last);
  }

  /** Ends a round: whoever is short of `seq` misses the rest, and what waits to be recorded is. */
  finish(seq: number): void {
    for (const member of this.#members) {
      this.counts.missing += Math.max(0, seq - member.last);
    }
    for (const [index, copies] of this.#copies) this.#record(this.#reference.frame(index).dueMs, copies);
    this.#copies.clear();
  }

  #member(number: number): Member {
    const member = this.#members[number];
    if (member === undefined) throw new RangeError(`there is no member ${number}`);
    return member;
  }

  /** Goes along the reference as far as the bytes are the same. */
  #follow(member: Member, bytes: Buffer, at: number, length: number, nowMs: number): number {
    if (!member.synced) return 0;
    if (!this.#reference.keeps(member.offset, member.index)) {
      member.synced = false;
      return 0;
    }
    const matched = this.#reference.match(member.offset, member.index, bytes, at, length);
    member.offset += matched;
    while (member.index < this.#reference.count && this.#reference.end(member.index) <= member.offset) {
      this.#place(member, this.#reference.frame(member.index));
      this.#note(member.index, nowMs);
      member.index++;
    }
    return matched;
  }

  /** Off the reference in the middle of a frame: what was the same until here belongs to a frame of the member's own. */
  #leaveFrame(member: Member): void {
    if (!member.synced) return;
    const start = this.#reference.end(member.index - 1);
    if (member.offset === start) return;
    const begun = this.#reference.slice(start, member.offset);
    member.partial = new Partial();
    member.partial.push(begun, 0, begun.length);
    member.offset = start;
  }

  /** Takes one frame, or what there is of it, and says where the next begins. */
  #take(number: number, member: Member, bytes: Buffer, at: number, length: number, nowMs: number): number {
    if (member.partial === undefined) {
      const frame = frameAt(bytes, at, length);
      if (frame !== undefined && at + frame.bytes <= length) {
        this.#judge(number, member, bytes.subarray(at, at + frame.bytes), nowMs);
        return at + frame.bytes;
      }
      member.partial = new Partial();
    }
    const next = member.partial.push(bytes, at, length);
    const whole = member.partial.whole();
    if (whole !== undefined) {
      member.partial = undefined;
      this.#judge(number, member, whole, nowMs);
    }
    return next;
  }

  #judge(number: number, member: Member, raw: Buffer, nowMs: number): void {
    const header = frameAt(raw, 0, raw.length);
    if (header === undefined) return;
    const payload = raw.subarray(header.headerBytes);
    if (header.opcode >= OPCODE.close) {
      this.#reader.control(header.opcode, payload, number);
      return;
    }
    const reading = this.#reader.read(payload, number);
    if (reading === undefined) return;
    this.counts.altered += reading.altered;
    this.counts.unchecked += reading.unchecked;
    const isNext = reading.first === member.last + 1;
    this.#place(member, reading);
    if (isNext && member.synced && member.index === this.#reference.count) {
      this.#reference.append(raw, reading);
      this.#note(member.index, nowMs);
      member.offset = this.#reference.head;
      member.index++;
      return;
    }
    this.#record(reading.dueMs, { sinceMs: nowMs, lastMs: nowMs, count: 1 });
    this.#sync(member);
  }

  /** Counts each message of a frame: the next, one that came before, or one that skips others. */
  #place(member: Member, { first, last }: ReferenceFrame): void {
    if (first === member.last + 1) {
      this.counts.delivered += last - member.last;
      member.last = last;
      return;
    }
    for (let seq = member.last + 1; seq < first; seq++) {
      member.holes.add(seq);
      this.counts.missing++;
    }
    for (let seq = first; seq <= last; seq++) {
      this.counts.delivered++;
      if (seq > member.last) member.last = seq;
      else if (member.holes.delete(seq)) {
        this.counts.missing--;
        this.counts.reordered++;
      } else this.counts.doubled++;
    }
  }

  /** Puts a member back on the reference, where the next frame begins there with what the member needs next. */
  #sync(member: Member): void {
    const index = this.#reference.starting(member.last + 1);
    const offset = index === undefined ? 0 : this.#reference.end(index - 1);
    member.synced = index !== undefined && this.#reference.keeps(offset, index);
    if (!member.synced || index === undefined) return;
    member.index = index;
    member.offset = offset;
  }

  #note(index: number, nowMs: number): void {
    const copies = this.#copies.get(index);
    if (copies === undefined) {
      this.#copies.set(index, { sinceMs: nowMs, lastMs: nowMs, count: 1 });
      if (this.#copies.size > COPIES_MAX) this.#recordOldest();
      return;
    }
    if (nowMs - copies.sinceMs > TOGETHER_MS) {
      this.#record(this.#reference.frame(index).dueMs, copies);
      copies.sinceMs = nowMs;
      copies.count = 0;
    }
    copies.lastMs = nowMs;
    copies.count++;
  }

  #recordOldest(): void {
    for (const [index, copies] of this.#copies) {
      this.#record(this.#reference.frame(index).dueMs, copies);
      this.#copies.delete(index);
      return;
    }
  }

  #record(dueMs: readonly number[], { lastMs, count }: Copies): void {
    for (const due of dueMs) if (!Number.isNaN(due)) this.#latencies.record(lastMs - due, count);
  }
}
