import type { LaneReader, Reading } from "./lane.ts";
import type { Sender } from "./sender.ts";

/** Sender and number of the message, big-endian, before the text. */
const HEAD_BYTES = 8;
/** Messages of a sender that are remembered. */
const REMEMBERED = 2 ** 16;

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

type Heard = { next: number; readonly seqs: Float64Array };

/**
 * Reads what a baseline server repeats: one message a frame, without a number. Its place is where the first member
 * got it; a sender's messages must come in the order they were sent.
 */
export class BareReader implements LaneReader {
  readonly #hooks: BareReaderHooks;
  readonly #senders: Sender[] = [];
  readonly #heard: Heard[] = [];
  newest = 0;

  constructor(hooks: BareReaderHooks) {
    this.#hooks = hooks;
  }

  /** The next sender, by number from 0. */
  listen(sender: Sender): void {
    this.#senders.push(sender);
    this.#heard.push({ next: 0, seqs: new Float64Array(REMEMBERED) });
  }

  read(payload: Buffer): Reading {
    const number = payload.length < HEAD_BYTES ? -1 : payload.readUInt32BE(4);
    const who = payload.length < HEAD_BYTES ? -1 : payload.readUInt32BE(0);
    const heard = this.#heard[who];
    if (heard === undefined) return this.#new(Number.NaN, 1);
    if (number < heard.next) {
      const kept = number > heard.next - REMEMBERED;
      const seq = kept ? (heard.seqs[number % REMEMBERED] ?? 0) : 0;
      return { first: seq, last: seq, dueMs: [Number.NaN], altered: 0, unchecked: kept ? 0 : 1 };
    }
    const skipped = number - heard.next;
    heard.next = number + 1;
    heard.seqs[number % REMEMBERED] = this.newest + 1;
    const slot = this.#senders[who]?.slot(String(number));
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
