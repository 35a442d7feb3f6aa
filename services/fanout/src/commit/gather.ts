import type { FactsDelta } from "@guildhall/proto";
import type { ErrorCode } from "@guildhall/proto/tables";
import type { Decided } from "./decide.ts";

/** The next record stops taking entries here, bytes; commands then wait until it is on its way. */
export const GATHER_MAX_BYTES = 512 * 1024;

/** What became of a record: in the journal, or the error its commands are answered with. */
export type Outcome = "acked" | Extract<ErrorCode, "UNAVAILABLE" | "OUTCOME_UNKNOWN">;

/** What has been decided and waits to become one record. */
export class Gather {
  readonly decided: Decided[] = [];
  readonly deltas: FactsDelta[] = [];
  readonly #waiting: ((outcome: Outcome) => void)[] = [];
  bytes = 0;
  /** Appended even without entries, to prove that the term still owns. */
  forced = false;

  get full(): boolean {
    return this.bytes >= GATHER_MAX_BYTES;
  }

  get empty(): boolean {
    return this.decided.length === 0 && !this.forced;
  }

  add(decided: Decided, delta: FactsDelta | undefined): void {
    this.decided.push(decided);
    if (delta !== undefined) this.deltas.push(delta);
    this.bytes += decided.bytes.length + 200 * (1 + decided.entry.w.length);
  }

  /** Calls `then` when the record's fate is known. */
  wait(then: (outcome: Outcome) => void): void {
    this.#waiting.push(then);
  }

  settle(outcome: Outcome): void {
    for (const then of this.#waiting.splice(0)) then(outcome);
  }
}
