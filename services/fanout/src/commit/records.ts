import { AppError, type Clock } from "@guildhall/kernel";
import { seeded } from "@guildhall/kernel/seeded";
import type { FactsDelta, JournalRecord, Lead } from "@guildhall/proto";
import type { Log } from "@guildhall/telemetry/log";
import { encodeRecord } from "@guildhall/wire";
import type { Appender } from "./append.ts";
import type { Decided } from "./decide.ts";
import { Gather, type Outcome } from "./gather.ts";

/** An acknowledged record with what it shows. */
export type Acked = {
  readonly position: number;
  readonly record: JournalRecord;
  readonly gather: Gather;
};

/** Another owner appended; the journal refused for certain; or nobody knows whether it took the record. */
export type Death = "foreign" | "refused" | "unknown";

/** Whether this process may say what it knows without asking the journal first. */
export type Voice = {
  /** To be asked in the turn that speaks. */
  speaks(): boolean;
  /** A record that was sent at `sentMs` (monotonic) was acknowledged. */
  proved(sentMs: number): void;
};

export type RecordsPorts = {
  readonly append: Appender;
  readonly clock: Clock;
  readonly log: Log;
  readonly voice: Voice;
  readonly storedPosition: () => number;
  /** Of everything that is decided. */
  readonly lead: () => Lead;
  /** A record is on its way: there is room again. */
  readonly onRoom: () => void;
  readonly onAcked: (acked: Acked) => void;
  /** An append failed. Nothing has been answered yet; who is told must call `end`. */
  readonly onFailed: (why: Death) => void;
};

/**
 * The records of one term: one in flight, and what gathers for the next. Whatever is said of the partition waits
 * here until it may be said: until what it rests on is durable, and until it is certain that nobody else owns.
 */
export class Records {
  readonly #start: { readonly p: number; readonly ep: number; readonly term: number };
  readonly #ports: RecordsPorts;
  #position: number;
  #gather = new Gather();
  #inFlight: Gather | undefined;
  #scheduled = false;
  #ended = false;

  constructor(start: { p: number; ep: number; term: number; position: number }, ports: RecordsPorts) {
    this.#start = start;
    this.#position = start.position;
    this.#ports = ports;
  }

  /** Position of the newest acknowledged record. */
  get position(): number {
    return this.#position;
  }

  /** Position of the record that takes what is decided now. */
  get next(): number {
    return this.#position + (this.#inFlight === undefined ? 1 : 2);
  }

  get full(): boolean {
    return this.#gather.full;
  }

  /** Takes a decision into the next record, and tells `then` what became of it. */
  add(decided: Decided, delta: FactsDelta | undefined, then: (outcome: Outcome) => void): void {
    this.#gather.add(decided, delta);
    this.#gather.wait(then);
    this.#schedule();
  }

  /** Appends in any case, to see whether this term still owns. */
  force(): void {
    this.#gather.forced = true;
    this.#schedule();
  }

  /** Calls `then` once what is known now may be said: it is durable, and certainly newest. */
  whenSayable(then: (outcome: Outcome) => void): void {
    if (this.#ended) then("UNAVAILABLE");
    else if (seeded("rule-3-answer-after-ack")) then("acked");
    else if (!this.#gather.empty) this.#gather.wait(then);
    else if (this.#inFlight !== undefined) this.#inFlight.wait((outcome) => this.#saidOrProved(outcome, then));
    else this.#saidOrProved("acked", then);
  }

  /** Resolves when nothing is in flight or waits to be. */
  async settled(): Promise<void> {
    while (!this.#ended && (this.#inFlight !== undefined || !this.#gather.empty)) {
      await new Promise<void>((resolve) => (this.#inFlight ?? this.#gather).wait(() => resolve()));
    }
  }

  /** The record in flight ends as `outcome`; what gathers certainly did not happen. */
  end(outcome: Exclude<Outcome, "acked">): void {
    this.#ended = true;
    this.#inFlight?.settle(outcome);
    this.#gather.settle("UNAVAILABLE");
  }

  /** A record that was sent before something became known is no proof that it is still so. */
  #saidOrProved(outcome: Outcome, then: (outcome: Outcome) => void): void {
    if (outcome !== "acked" || this.#ended || this.#ports.voice.speaks()) return then(outcome);
    this.#gather.wait(then);
    this.force();
  }

  /** Lets everything decided in this turn go into one record. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#ended || this.#inFlight !== undefined || this.#gather.empty) return;
    const gather = this.#gather;
    this.#gather = new Gather();
    this.#inFlight = gather;
    const { p, ep, term } = this.#start;
    const { append, clock, onAcked, storedPosition, lead } = this.#ports;
    const record: JournalRecord = {
      p,
      ep,
      term,
      stored: storedPosition(),
      e: gather.decided.map(({ entry }) => entry),
      lead: lead(),
    };
    if (seeded("rule-3-events-after-ack")) onAcked({ position: this.#position + 1, record, gather });
    const sentMs = clock.monotonicMs();
    append(this.#position, encodeRecord(record)).then(
      (position) => this.#acked({ position, record, gather }, sentMs),
      (error: unknown) => this.#failed(error),
    );
    this.#ports.onRoom();
  }

  #acked(acked: Acked, sentMs: number): void {
    if (this.#ended) return;
    this.#position = acked.position;
    this.#inFlight = undefined;
    this.#ports.voice.proved(sentMs);
    if (!seeded("rule-3-events-after-ack")) this.#ports.onAcked(acked);
    acked.gather.settle("acked");
    this.#flush();
  }

  #failed(error: unknown): void {
    if (this.#ended) return;
    const code = error instanceof AppError ? error.code : "OUTCOME_UNKNOWN";
    const { p, term } = this.#start;
    this.#ports.log.warn("append_failed", { p, term, outcome: code });
    this.#ports.onFailed(code === "CONFLICT" ? "foreign" : code === "UNAVAILABLE" ? "refused" : "unknown");
  }
}
