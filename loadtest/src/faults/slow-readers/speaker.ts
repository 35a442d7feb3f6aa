import type { Committed } from "@guildhall/proto";
import type { Answer, Peer } from "../peer.ts";
import { numberedText } from "./numbered.ts";

const TURN_MS = 2;
/** Messages made up for when a timer came late. Beyond it they are left out. */
const LATE_MAX = 50;
/** Messages whose times and lengths are remembered. */
const TIMES = 2 ** 16;

export type Pace = { readonly perSecond: number; readonly bytes: number };

/** Writes numbered messages at an even pace. */
export class Speaker {
  readonly #peer: Peer;
  readonly #g: number;
  readonly #sentMs = new Float64Array(TIMES);
  /** Characters sent up to and with each message. */
  readonly #upTo = new Float64Array(TIMES);
  #pace: Pace;
  #timer: NodeJS.Timeout | undefined;
  /** What was sent: messages, and characters of them. */
  number = 0;
  sentBytes = 0;
  acknowledged = 0;
  refused = 0;
  /** Seq less number of each answer, where not all agree. */
  readonly offsets = new Set<number>();

  constructor(peer: Peer, g: number, pace: Pace) {
    this.#peer = peer;
    this.#g = g;
    this.#pace = pace;
  }

  start(): void {
    let due = 0;
    let lastMs = performance.now();
    this.#timer = setInterval(() => {
      const nowMs = performance.now();
      due = Math.min(LATE_MAX, due + ((nowMs - lastMs) * this.#pace.perSecond) / 1_000);
      lastMs = nowMs;
      for (; due >= 1; due--) this.#say();
    }, TURN_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  pace(pace: Pace): void {
    this.#pace = pace;
  }

  /** When the message was sent, for as long as that is remembered. */
  sentAtMs(number: number): number {
    return this.#sentMs[number % TIMES] ?? Number.NaN;
  }

  /** Characters of the messages behind `from`, up to and with `to`, for as long as they are remembered. */
  bytesBetween(from: number, to: number): number {
    return (this.#upTo[to % TIMES] ?? Number.NaN) - (this.#upTo[from % TIMES] ?? Number.NaN);
  }

  #say(): void {
    const number = ++this.number;
    this.#sentMs[number % TIMES] = performance.now();
    this.sentBytes += this.#pace.bytes;
    this.#upTo[number % TIMES] = this.sentBytes;
    this.#peer.say(this.#g, numberedText(number, this.#pace.bytes), (answer: Answer) => {
      if (!("d" in answer) || "c" in answer) {
        this.refused++;
        return;
      }
      this.acknowledged++;
      this.offsets.add((answer.d as Committed).s - number);
    });
  }
}
