import { KEPT_ALONE, type Kept } from "./kept.ts";
import type { LaneReader, Reading } from "./lane.ts";
import type { Sender } from "./sender.ts";

/** Sender and number of the message, big-endian, before the text. */
const HEAD_BYTES = 8;

/** A message to a baseline server, as long as its text: the head takes the place of the first characters. */
export function bareMessage(sender: number, number: number, text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  bytes.writeUInt32BE(sender, 0);
  bytes.writeUInt32BE(number, 4);
  return bytes;
}

export type BareReaderHooks = {
  readonly control: (opcode: number, payload: Buffer, member: number) => void;
  readonly reached: (member: number, seq: number) => void;
};

type Heard = { readonly sender: Sender; next: number; readonly seqs: Float64Array };

/**
 * Reads what a baseline server repeats: one message a frame, without a number. Its place is where the first member
 * got it; a sender's messages must come in the order they were sent.
 */
export class BareReader implements LaneReader {
  readonly #hooks: BareReaderHooks;
  readonly #heard = new Map<number, Heard>();
  /** Messages of a sender that are remembered. */
  readonly #kept: number;
  newest = 0;

  constructor(hooks: BareReaderHooks, { events }: Kept = KEPT_ALONE) {
    this.#hooks = hooks;
    this.#kept = events;
  }

  /** A sender of this group. What any other number sends does not belong here. */
  listen(number: number, sender: Sender): void {
    this.#heard.set(number, { sender, next: 0, seqs: new Float64Array(this.#kept) });
  }

  read(payload: Buffer): Reading {
    const number = payload.length < HEAD_BYTES ? -1 : payload.readUInt32BE(4);
    const who = payload.length < HEAD_BYTES ? -1 : payload.readUInt32BE(0);
    const heard = this.#heard.get(who);
    if (heard === undefined) return this.#new(Number.NaN, 1);
    if (number < heard.next) {
      const kept = number > heard.next - this.#kept;
      const seq = kept ? (heard.seqs[number % this.#kept] ?? 0) : 0;
      return { first: seq, last: seq, dueMs: [Number.NaN], altered: 0, unchecked: kept ? 0 : 1 };
    }
    const skipped = number - heard.next;
    heard.next = number + 1;
    heard.seqs[number % this.#kept] = this.newest + 1;
    const slot = heard.sender.slot(String(number));
    if (slot === undefined) return this.#new(Number.NaN, skipped + 1);
    slot.seenSeq = this.newest + 1;
    const same = payload.equals(bareMessage(who, number, slot.text));
    return this.#new(slot.dueMs, skipped + (same ? 0 : 1));
  }

  reached(member: number, seq: number): void {
    this.#hooks.reached(member, seq);
  }

  control(opcode: number, payload: Buffer, member: number): void {
    this.#hooks.control(opcode, payload, member);
  }

  #new(dueMs: number, altered: number): Reading {
    this.newest++;
    return { first: this.newest, last: this.newest, dueMs: [dueMs], altered, unchecked: 0 };
  }
}
