import type { Latencies } from "../report/latency.ts";

/** One message on its way. */
export type Slot = {
  /** When it was to be sent. */
  readonly dueMs: number;
  readonly text: string;
  answered: boolean;
  /** Its place in the lane by the answer, and as the members saw it; 0 until then. */
  answeredSeq: number;
  seenSeq: number;
};

/** What it takes to send: writes the slot's message and hands back its key. */
export type Write = (slot: Slot, number: number) => string;

export type SenderOptions = {
  /** Messages on their way at once. */
  readonly window: number;
  /** Whether the server answers each message; else the sender's own copy is the answer. */
  readonly answers: boolean;
  readonly textOf: (number: number) => string;
  readonly write: Write;
  readonly answerLatencies: Latencies;
};

/**
 * One member who speaks. A message holds its place in the window until it is answered and the sender has its own
 * copy. It is *due* when its place became free or, at a rate, when the rate says so, though the window was full:
 * latencies count from then.
 */
export class Sender {
  readonly #options: SenderOptions;
  readonly #slots = new Map<string, Slot>();
  #number = 0;
  #ratePerS = 0;
  #nextDueMs = Number.POSITIVE_INFINITY;
  #reachedSeq = 0;
  #running = false;
  /** Messages refused, and those whose two seqs differ. */
  refused = 0;
  astray = 0;
  sent = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /** Messages on their way. */
  get waiting(): number {
    return this.#slots.size;
  }

  /**
   * Speaks from now on. `ratePerS`: messages a second, the first due after `firstDueInMs`; 0: the next as soon as a
   * place in the window is free.
   */
  begin(nowMs: number, ratePerS = 0, firstDueInMs = 0): void {
    this.#running = true;
    this.#ratePerS = ratePerS;
    this.#nextDueMs = nowMs + firstDueInMs;
    this.fill(nowMs);
  }

  stop(): void {
    this.#running = false;
  }

  /** Sends what is due and has a place. At a rate, to be called every few milliseconds. */
  fill(nowMs: number): void {
    const { window } = this.#options;
    const ratePerS = this.#ratePerS;
    while (this.#running && this.#slots.size < window && (ratePerS === 0 || this.#nextDueMs <= nowMs)) {
      const dueMs = ratePerS === 0 ? nowMs : this.#nextDueMs;
      this.#nextDueMs += ratePerS === 0 ? 0 : 1_000 / ratePerS;
      const number = this.#number++;
      const slot: Slot = { dueMs, text: this.#options.textOf(number), answered: false, answeredSeq: 0, seenSeq: 0 };
      this.#slots.set(this.#options.write(slot, number), slot);
      this.sent++;
    }
  }

  /** The message on its way under this key. */
  slot(key: string): Slot | undefined {
    return this.#slots.get(key);
  }

  /** The server has answered: the message stands at `seq`. */
  answered(key: string, seq: number, nowMs: number): void {
    const slot = this.#slots.get(key);
    if (slot === undefined) return;
    slot.answered = true;
    slot.answeredSeq = seq;
    this.#options.answerLatencies.record(nowMs - slot.dueMs);
    this.#settle(key, slot, nowMs);
  }

  /** The server has refused: the message will not come. */
  refuse(key: string, nowMs: number): void {
    if (!this.#slots.delete(key)) return;
    this.refused++;
    this.fill(nowMs);
  }

  /** The sender has everything up to `seq`, its own messages too. */
  reached(seq: number, nowMs: number): void {
    this.#reachedSeq = Math.max(this.#reachedSeq, seq);
    for (const [key, slot] of this.#slots) {
      if (slot.seenSeq === 0 || slot.seenSeq > seq) continue;
      if (this.#options.answers) this.#settle(key, slot, nowMs);
      else this.answered(key, slot.seenSeq, nowMs);
    }
  }

  #settle(key: string, slot: Slot, nowMs: number): void {
    if (!slot.answered || slot.seenSeq === 0 || slot.seenSeq > this.#reachedSeq) return;
    if (slot.answeredSeq !== slot.seenSeq) this.astray++;
    this.#slots.delete(key);
    this.fill(nowMs);
  }
}
