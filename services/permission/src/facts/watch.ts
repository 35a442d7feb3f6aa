import { seeded } from "@guildhall/kernel/seeded";
import { BEACON_LOST_MS, type Beacon } from "@guildhall/proto";

type Ownership = { readonly ep: number; readonly term: number };

/** No beacon of this term has been counted yet. */
const UNCOUNTED = -1;

/**
 * Follows the owner of one partition by the terms and the numbers of what it says, and tells whether facts
 * of the partition may still be believed. It holds no facts: where it says so, whoever holds some drops them.
 */
export class PartitionWatch {
  #ep = 0;
  #term = 0;
  #beacon = UNCOUNTED;
  /** Answers of the owner from before this beacon may lack what was lost. */
  #sureFrom = 0;
  #heardMs: number;

  /** Until the first beacon, `nowMs` (monotonic) counts as the time of one. */
  constructor(nowMs: number) {
    this.#heardMs = nowMs;
  }

  /** No beacon for BEACON_LOST_MS: nothing that is held of the partition may be believed. */
  isLost(nowMs: number): boolean {
    return nowMs - this.#heardMs > BEACON_LOST_MS;
  }

  /** `old`: from an owner that was replaced, to be ignored. `changed`: a new owner; drop what is held. */
  meet({ ep, term }: Ownership): "old" | "same" | "changed" {
    if (ep === this.#ep && term === this.#term) return "same";
    if (ep < this.#ep || (ep === this.#ep && term < this.#term)) return seeded("rule-4-lower-terms") ? "same" : "old";
    const first = this.#ep === 0;
    this.#ep = ep;
    this.#term = term;
    this.#beacon = UNCOUNTED;
    this.#sureFrom = 0;
    return first || seeded("rule-4-verify-again") ? "same" : "changed";
  }

  /** `broken`: beacons are missing, or they say that they do not say all; drop what is held. */
  hear(beacon: Beacon, nowMs: number): "old" | "next" | "broken" {
    const met = this.meet(beacon);
    if (met === "old" || (this.#beacon !== UNCOUNTED && beacon.n <= this.#beacon)) return "old";
    const first = this.#beacon === UNCOUNTED;
    const broken = met === "changed" || beacon.all || this.isLost(nowMs) || (!first && beacon.n !== this.#beacon + 1);
    if (broken || first) this.#sureFrom = beacon.n;
    this.#beacon = beacon.n;
    this.#heardMs = nowMs;
    return broken ? "broken" : "next";
  }

  /** Whether an answer of the owner may be kept. `beacon`: the number of the beacon before it. To be called after `meet`. */
  believes(beacon: number): boolean {
    if (this.#beacon === UNCOUNTED) {
      this.#beacon = beacon;
      this.#sureFrom = beacon;
    }
    return beacon >= this.#sureFrom;
  }
}
