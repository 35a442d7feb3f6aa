import { type Committed, ERRORS, type ErrFrame } from "@guildhall/proto";
import type { Answer, Peer } from "../peer.ts";

/** Salvos a second, and messages in each: so many a second in all, and one of the removed person's beside them. */
const SALVO_EVERY_MS = 20;
export const SALVO_MESSAGES = 4;
/** Salvos that are made up for when a timer came late. Beyond it they are left out. */
const SALVOS_LATE_MAX = 5;
/** Messages of which the times are remembered. A kick is judged within a second. */
const SAID_MAX = 2_000;

/** A message as its sender knows it; `s` 0 while it is not answered, negative when it was refused. */
export type Said = { readonly text: string; readonly sentMs: number; answeredMs: number; s: number };

/** People who write into a group at an even rate, several at the same moment. */
export class Blast {
  readonly #senders: readonly Peer[];
  readonly #g: number;
  /** Connections of the person who is removed and comes back, who write in turn. */
  outsiders: readonly Peer[];
  readonly said: Said[] = [];
  acknowledged = 0;
  /** Not answered yet, or with OUTCOME_UNKNOWN. */
  unknown = 0;
  #number = 0;
  #turn = 0;
  #timer: NodeJS.Timeout | undefined;
  #next: { readonly place: number; readonly act: () => void } | undefined;

  constructor(senders: readonly Peer[], outsiders: readonly Peer[], g: number) {
    this.#senders = senders;
    this.outsiders = outsiders;
    this.#g = g;
  }

  start(): void {
    const startMs = performance.now();
    let salvos = 0;
    this.#timer = setInterval(() => {
      const due = Math.floor((performance.now() - startMs) / SALVO_EVERY_MS);
      salvos = Math.max(salvos, due - SALVOS_LATE_MAX);
      for (; salvos < due; salvos++) this.#salvo();
    }, 2);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** `act` runs within the next salvo, behind `place` of its messages. */
  within(place: number, act: () => void): void {
    this.#next = { place, act };
  }

  #salvo(): void {
    const next = this.#next;
    this.#next = undefined;
    for (let place = 0; place <= SALVO_MESSAGES; place++) {
      if (next?.place === place) next.act();
      const writers = place === SALVO_MESSAGES ? this.outsiders : this.#senders;
      const sender = writers[(place === SALVO_MESSAGES ? this.#turn++ : place) % writers.length];
      if (sender !== undefined) this.#say(sender);
    }
  }

  #say(sender: Peer): void {
    const said: Said = {
      text: `message ${++this.#number}`,
      sentMs: performance.now(),
      answeredMs: Number.POSITIVE_INFINITY,
      s: 0,
    };
    this.said.push(said);
    if (this.said.length > SAID_MAX) this.said.splice(0, SAID_MAX / 2);
    this.unknown++;
    sender.say(this.#g, said.text, (answer) => this.#answered(said, answer));
  }

  #answered(said: Said, answer: Answer): void {
    said.answeredMs = performance.now();
    if ("d" in answer && !("c" in answer)) {
      said.s = (answer.d as Committed).s;
      this.acknowledged++;
    } else {
      said.s = -1;
      if ((answer as ErrFrame).c === ERRORS.OUTCOME_UNKNOWN.c) return;
    }
    this.unknown--;
  }
}
