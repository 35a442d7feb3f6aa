import type { Bus, Subscription } from "@guildhall/bus";
import { AppError, type Clock, partitionOf } from "@guildhall/kernel";
import type { OwnerClient } from "@guildhall/owner";
import { BEACON_LOST_MS, type Beacon } from "@guildhall/proto";
import type { TimelineReader } from "@guildhall/timeline";
import { beaconSubject, decodeBatch, evSubject, unpack } from "@guildhall/wire";
import type { Vouching } from "../devices/vouching.ts";
import { Expected } from "./expected.ts";
import type { Flusher } from "./flusher.ts";
import type { Heads } from "./heads.ts";
import { Lane, type LaneEvents } from "./lane.ts";
import { type OpeningCounts, Openings } from "./opening.ts";
import { Partition } from "./partition.ts";
import type { Sight } from "./sight.ts";

/** The main lane: the one that carries a group's messages and permissions. */
export const MAIN_LANE = 0;
/** A lane that nobody listens to and nobody reads is forgotten after this long. */
const IDLE_MAX_MS = 60_000;
/** Lanes held at once. At the bound a further group is refused UNAVAILABLE. */
const LANES_MAX = 50_000;
/** How long a lane that is being verified is waited for. */
const LIVE_MAX_MS = 5_000;
const LIVE_RETRY_MS = 250;

export type LaneCounts = OpeningCounts & { received: number; repeated: number; stale: number; beaconsLost: number };

export type LanesNeeds = {
  readonly bus: Bus;
  readonly partitions: number;
  readonly owner: Pick<OwnerClient, "open" | "replaced">;
  readonly timeline: Pick<TimelineReader, "range">;
  readonly flusher: Flusher;
  readonly heads: Heads;
  readonly clock: Clock;
  readonly vouching: Vouching;
  readonly sight: Sight;
  readonly counts: LaneCounts;
  /** Removal of members, and lanes that moved. */
  readonly events: Pick<LaneEvents, "removal" | "moved">;
  readonly failed: (error: unknown, what: string) => void;
};

/** The lanes this gateway holds, fed from the bus. */
export class Lanes {
  readonly #needs: LanesNeeds;
  readonly #partitions: readonly Partition[];
  readonly #openings: Openings;
  readonly #opening = new Map<Lane, Promise<void>>();
  readonly #laneEvents: LaneEvents;
  readonly #expected = new Expected();
  #subscriptions: Subscription[] = [];
  #count = 0;
  /** When anything was heard of any partition. */
  #heardAtMs: number;

  constructor(needs: LanesNeeds) {
    this.#needs = needs;
    const { owner, timeline, counts, flusher, clock, vouching } = needs;
    this.#heardAtMs = clock.monotonicMs();
    this.#openings = new Openings({
      owner,
      timeline,
      counts,
      vouching,
      took: () => flusher.settle(),
      failed: (error) => needs.failed(error, "open_failed"),
    });
    const wanting = (lane: Lane) => this.#wanting(lane);
    this.#laneEvents = {
      ...needs.events,
      permission: (lane, event) => needs.sight.changed(lane, event),
      unsure: (lane) => needs.sight.ask(lane),
      stirred: (lane) => needs.heads.mark(lane),
      pending: (lane) => flusher.mark(lane),
      flush: (lane) => flusher.flush(lane),
      wanting,
      expecting: (lane) => this.#expected.add(lane),
      repeated: () => void counts.repeated++,
    };
    this.#partitions = Array.from(
      { length: needs.partitions },
      (_, p) =>
        new Partition(
          p,
          { wanting, replaced: (of) => owner.replaced(of), missed: (of) => vouching.missed(of) },
          clock.monotonicMs(),
        ),
    );
  }

  /** Follows every partition. Resolves once nothing that is published will be missed. */
  async start(): Promise<void> {
    await Promise.all(
      this.#partitions.flatMap((partition) => [
        this.#listen(evSubject(partition.p), (data) => this.#onBatch(partition, data)),
        this.#listen(beaconSubject(partition.p), (data) => this.#onBeacon(partition, data)),
      ]),
    );
  }

  stop(): void {
    this.#openings.stop();
    this.#expected.stop();
    for (const subscription of this.#subscriptions.splice(0)) subscription.stop();
    for (const { lanes } of this.#partitions) for (const lane of lanes.values()) this.#forget(lane);
  }

  /** Partitions without a beacon. */
  get unverified(): number {
    return this.#partitions.filter((partition) => partition.lost).length;
  }

  /** Whether the owner of some partition has been heard and not lost. */
  get connected(): boolean {
    return this.#partitions.some((partition) => partition.heard && !partition.lost);
  }

  get size(): number {
    return this.#count;
  }

  partition(g: number): Partition {
    const partition = this.#partitions[partitionOf(g, this.#partitions.length)];
    if (partition === undefined) throw new RangeError(`partition of ${g}`);
    return partition;
  }

  /** The main lane of `g`, if it is held. */
  held(g: number): Lane | undefined {
    return this.partition(g).lanes.get(g);
  }

  /**
   * The main lane of `g`, live. One question to the owner however many wait for it.
   * @throws AppError `UNAVAILABLE` and what the owner refuses with.
   */
  async open(g: number): Promise<Lane> {
    // A lane that had to be verified and that nobody listened to was forgotten meanwhile: once more.
    const lane = (await this.#live(g)) ?? (await this.#live(g));
    if (lane === undefined)
      throw new AppError("UNAVAILABLE", "lane is being verified", { retryAfterMs: LIVE_RETRY_MS });
    return lane;
  }

  async #live(g: number): Promise<Lane | undefined> {
    const partition = this.partition(g);
    if (partition.lost) throw new AppError("UNAVAILABLE", "no beacon", { retryAfterMs: LIVE_RETRY_MS });
    const lane = partition.lanes.get(g) ?? this.#register(g, partition);
    lane.usedAtMs = this.#needs.clock.monotonicMs();
    await this.#opening.get(lane);
    return lane.state === "live" || (await lane.settled(LIVE_MAX_MS)) ? lane : undefined;
  }

  /** Called often: notices lost beacons, forgets idle lanes, trims rings. */
  sweep(): void {
    const nowMs = this.#needs.clock.monotonicMs();
    this.#miss(nowMs);
    for (const partition of this.#partitions) {
      for (const lane of partition.lanes.values()) {
        if (!lane.attended && nowMs - lane.usedAtMs > IDLE_MAX_MS) this.#forget(lane);
        else lane.ring.trim(this.#needs.clock.nowMs(), partition);
      }
    }
  }

  /** Notices partitions whose beacons do not come. */
  #miss(nowMs: number): void {
    const silent = this.#partitions.filter((partition) => partition.silent(nowMs));
    this.#needs.counts.beaconsLost += silent.length;
    if (silent.some(({ heard }) => heard) && !this.connected) this.#needs.vouching.deaf();
  }

  /** Something has come. Whoever was stopped for a while takes it as what comes after a silence, before any timer says so. */
  #hear(nowMs: number): void {
    if (nowMs - this.#heardAtMs > BEACON_LOST_MS) this.#miss(nowMs);
    this.#heardAtMs = nowMs;
  }

  async #listen(subject: string, take: (data: Uint8Array) => void): Promise<void> {
    const subscription = await this.#needs.bus.subscribe(subject, ({ data }) => {
      try {
        take(data);
      } catch (error) {
        this.#needs.failed(error, "news_failed");
      }
      this.#needs.flusher.settle();
    });
    this.#subscriptions.push(subscription);
  }

  #onBatch(partition: Partition, data: Uint8Array): void {
    const { counts, clock } = this.#needs;
    this.#hear(clock.monotonicMs());
    const batch = decodeBatch(data, (g, l) => l === MAIN_LANE && partition.lanes.has(g));
    if (!partition.admits(batch.ep, batch.term)) return void counts.stale++;
    const nowMs = clock.nowMs();
    for (const event of batch.events) {
      // One before it may have closed it.
      const lane = partition.lanes.get(event.g);
      if (lane === undefined) continue;
      counts.received++;
      lane.receive(event, batch.ep);
      lane.ring.trim(nowMs, partition);
    }
  }

  #onBeacon(partition: Partition, data: Uint8Array): void {
    const nowMs = this.#needs.clock.monotonicMs();
    this.#hear(nowMs);
    if (!partition.beacon(unpack(data) as Beacon, nowMs)) this.#needs.counts.stale++;
  }

  /** From here on its events are kept, so that none is missed while the owner is asked. */
  #register(g: number, partition: Partition): Lane {
    if (this.#count >= LANES_MAX)
      throw new AppError("UNAVAILABLE", `${LANES_MAX} lanes are open`, { retryAfterMs: 1_000 });
    const lane = new Lane(g, MAIN_LANE, partition, this.#laneEvents, this.#needs.clock.monotonicMs());
    partition.lanes.set(g, lane);
    this.#count++;
    const opening = this.#openings
      .first(lane)
      .catch((error: unknown) => {
        this.#forget(lane);
        throw error;
      })
      .finally(() => this.#opening.delete(lane));
    this.#opening.set(lane, opening);
    return lane;
  }

  #wanting(lane: Lane): void {
    if (lane.state === "closed" || lane.state === "opening") return;
    // Nobody is owed its events: whoever needs it next opens it anew.
    if (!lane.attended) this.#forget(lane);
    else this.#openings.again(lane);
  }

  #forget(lane: Lane): void {
    if (lane.state === "closed") return;
    lane.close();
    lane.partition.lanes.delete(lane.g);
    this.#count--;
  }
}
