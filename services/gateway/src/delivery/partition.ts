import { AppError } from "@guildhall/kernel";
import { seeded } from "@guildhall/kernel/seeded";
import type { Beacon } from "@guildhall/proto";
import { BEACON_LOST_MS } from "@guildhall/proto";
import type { Lane } from "./lane.ts";

/** The first beacon of a term is said when it begins: who comes before it may come again so soon. */
const UNHEARD_RETRY_MS = 250;

/** What a partition needs of those who run it. */
export type PartitionEvents = {
  /** The lane must be opened again, or dropped if nobody needs it. */
  wanting(lane: Lane): void;
  /** It has another owner. */
  replaced(p: number): void;
  /** Not all that the owner of partition `p` has said has been heard. */
  missed(p: number): void;
};

/**
 * What this gateway knows of a partition's owner: its term, its beacons and how far it has stored. Judges
 * whether what arrives is from the present owner, and whether anything may be missing.
 */
export class Partition {
  readonly p: number;
  ep = 0;
  term = 0;
  /** Position up to which everything is in the store. */
  stored = 0;
  /** Position up to which the owner holds no bodies any more; what of it is not stored, the journal alone has. */
  gone = 0;
  /** No beacon for BEACON_LOST_MS: nothing durable is delivered and no command is taken. */
  lost = false;
  /** Whether a beacon has ever been heard. */
  heard = false;
  /** Main lanes that are held, by group. */
  readonly lanes = new Map<number, Lane>();
  readonly #events: PartitionEvents;
  #number = -1;
  #heardAtMs: number;
  /** The owner's clock less ours, both monotonic, as its last beacon had it; that is behind by the beacon's way. */
  #aheadMs: number | undefined;

  constructor(p: number, events: PartitionEvents, nowMs: number) {
    this.p = p;
    this.#events = events;
    this.#heardAtMs = nowMs;
  }

  /**
   * Whether something of this epoch and term is from the present owner. A higher term makes every lane
   * unsure: what the former owner committed last may not have arrived.
   */
  admits(ep: number, term: number): boolean {
    if (ep < this.ep || (ep === this.ep && term < this.term)) return seeded("rule-4-lower-terms");
    if (ep === this.ep && term === this.term) return true;
    if (ep !== this.ep) {
      this.stored = 0;
      this.gone = 0;
    }
    this.ep = ep;
    this.term = term;
    this.#number = -1;
    this.#aheadMs = undefined;
    this.#events.replaced(this.p);
    if (!seeded("rule-4-verify-again")) this.#doubt([...this.lanes.values()], 0);
    return true;
  }

  /** Takes a beacon; returns whether it was of use. */
  beacon(beacon: Beacon, nowMs: number): boolean {
    if (!this.admits(beacon.ep, beacon.term) || beacon.n <= this.#number) return false;
    const unnoticed = seeded("rule-14-beacon-jump") || (this.#number < 0 && seeded("rule-4-verify-again"));
    const jumped = beacon.n !== this.#number + 1 && !unnoticed;
    this.#number = beacon.n;
    this.#heardAtMs = nowMs;
    this.#aheadMs = beacon.clk - nowMs;
    this.heard = true;
    this.stored = Math.max(this.stored, beacon.stored);
    this.gone = Math.max(this.gone, beacon.gone ?? 0);
    if (this.lost || jumped) this.#events.missed(this.p);
    if (this.lost) {
      this.lost = false;
      this.#doubt([...this.lanes.values()], beacon.n);
    } else if (jumped) {
      // The beacon says what moved since the one before it; a lane verified then misses nothing.
      this.#doubt(
        [...this.lanes.values()].filter((lane) => lane.verifiedAt < beacon.n - 1),
        beacon.n,
      );
    }
    this.#heads(beacon);
    return true;
  }

  /**
   * What the owner's monotonic clock shows at `nowMs` of ours. Wall clocks are not asked: they may be apart, or be set.
   * @throws AppError `UNAVAILABLE` before the first beacon of its term.
   */
  ownerMs(nowMs: number): number {
    if (this.#aheadMs === undefined) {
      throw new AppError("UNAVAILABLE", "no beacon of this term yet", { retryAfterMs: UNHEARD_RETRY_MS });
    }
    return Math.floor(nowMs + this.#aheadMs);
  }

  /** Called often: whether the beacons have just been lost. */
  silent(nowMs: number): boolean {
    if (this.lost || nowMs - this.#heardAtMs <= BEACON_LOST_MS) return false;
    this.lost = true;
    for (const lane of this.lanes.values()) lane.doubt(0);
    return true;
  }

  #heads({ heads, all }: Beacon): void {
    for (const [g, l, s] of heads) if (l === 0) this.lanes.get(g)?.expect(s, this.ep);
    if (!all) return;
    const told = new Set(heads.map(([g]) => g));
    for (const lane of this.lanes.values()) if (!told.has(lane.g)) this.#events.wanting(lane);
  }

  #doubt(lanes: readonly Lane[], mustSee: number): void {
    for (const lane of lanes) {
      lane.doubt(mustSee);
      this.#events.wanting(lane);
    }
  }
}
