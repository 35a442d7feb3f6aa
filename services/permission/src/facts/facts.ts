import type { Bus, Subscription } from "@guildhall/bus";
import { type Clock, partitionOf } from "@guildhall/kernel";
import type { Facts as KnownFacts } from "@guildhall/model";
import type { OwnerClient } from "@guildhall/owner";
import type { Beacon, FactsDelta, GroupFacts, Question } from "@guildhall/proto";
import { beaconSubject, pvSubject, unpack } from "@guildhall/wire";
import type { PermissionConfig } from "../config.ts";
import { FactsCache } from "./cache.ts";
import { type Loaded, Loads } from "./loads.ts";
import { Waits } from "./waits.ts";
import { PartitionWatch } from "./watch.ts";

/** Loads for one question. What still cannot be told after them is STALE. */
const LOADS_MAX = 3;
/** How long facts are looked for, for one question. The one who asks waits no longer than this. */
const FIND_MAX_MS = 1_000;

export type Known = KnownFacts & { readonly group: GroupFacts };
/** Why there are no facts to decide from. */
export type Unknowable = "NO_GROUP" | "STALE" | "UNKNOWN";

/** Which facts a question needs. */
export type Wanted = Pick<Question, "g" | "u" | "on" | "minV">;

type FactsPorts = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly owner: Pick<OwnerClient, "facts">;
  readonly onFailure: (error: unknown) => void;
};

/**
 * Facts of groups, with the version they are true at. They come from the owner and go on by deltas that
 * continue them without a gap; on a gap, a missing beacon or another owner they are dropped, and loaded
 * anew when they are next asked for. Decisions are not kept.
 */
export class FactsKeeper {
  readonly #clock: Clock;
  readonly #watches: readonly PartitionWatch[];
  readonly #cache: FactsCache;
  readonly #loads: Loads;
  readonly #waits = new Waits();
  readonly #subscriptions: Subscription[] = [];

  private constructor(config: PermissionConfig, { clock, owner, onFailure }: FactsPorts) {
    this.#clock = clock;
    this.#watches = Array.from({ length: config.partitions }, () => new PartitionWatch(clock.monotonicMs()));
    this.#cache = new FactsCache(config);
    this.#loads = new Loads(owner, (g, loaded) => this.#keep(g, loaded), onFailure);
  }

  /** Resolves once it hears all partitions: what changes after that is not missed unnoticed. */
  static async open(config: PermissionConfig, ports: FactsPorts): Promise<FactsKeeper> {
    const keeper = new FactsKeeper(config, ports);
    for (let p = 0; p < config.partitions; p++) {
      keeper.#subscriptions.push(
        await ports.bus.subscribe(pvSubject(p), ({ data }) => keeper.#onDelta(p, unpack(data) as FactsDelta)),
        await ports.bus.subscribe(beaconSubject(p), ({ data }) => keeper.#onBeacon(p, unpack(data) as Beacon)),
      );
    }
    return keeper;
  }

  /** Groups whose facts are held. */
  get size(): number {
    return this.#cache.size;
  }

  /** What is held and may be believed now, if it is all that is wanted. */
  find({ g, u, on, minV }: Wanted): Known | undefined {
    const entry = this.#cache.get(g);
    if (entry === undefined || entry.group.v < minV) return undefined;
    const member = entry.members.get(u);
    const onMember = on === undefined ? null : entry.members.get(on);
    if (member === undefined || onMember === undefined) return undefined;
    if (entry.watch.isLost(this.#clock.monotonicMs())) return undefined;
    entry.used = true;
    return { group: entry.group, member, on: onMember };
  }

  /** Finds, waits once for a newer version, or loads. Never rejects. */
  async get(wanted: Wanted): Promise<Known | Unknowable> {
    const { g, minV } = wanted;
    const untilMs = this.#clock.monotonicMs() + FIND_MAX_MS;
    let waited = false;
    for (let loads = 0; ; ) {
      const told = this.#tell(wanted, untilMs);
      if (told !== undefined) return told;
      if (!waited && this.#isBehind(g, minV)) {
        waited = true;
        await this.#waits.until(g, () => !this.#isBehind(g, minV));
        continue;
      }
      if (loads++ === LOADS_MAX) return "STALE";
      const failure = await this.#load(wanted);
      if (failure !== undefined) return failure;
      if (waited && this.#isBehind(g, minV)) return "STALE";
    }
  }

  stop(): void {
    for (const subscription of this.#subscriptions.splice(0)) subscription.stop();
  }

  /** The facts, or that they cannot be had now; undefined where waiting or loading may help. */
  #tell(wanted: Wanted, untilMs: number): Known | Unknowable | undefined {
    const nowMs = this.#clock.monotonicMs();
    if (this.#watch(partitionOf(wanted.g, this.#watches.length)).isLost(nowMs)) return "STALE";
    return this.find(wanted) ?? (nowMs > untilMs ? "UNKNOWN" : undefined);
  }

  async #load({ g, u, on }: Wanted): Promise<Unknowable | undefined> {
    const outcome = await this.#loads.load(g, on === undefined ? [u] : [u, on]);
    if (outcome === "failed") return "UNKNOWN";
    if (outcome !== "no-group") return undefined;
    this.#cache.drop(g);
    return "NO_GROUP";
  }

  #isBehind(g: number, minV: number): boolean {
    const entry = this.#cache.get(g);
    return entry !== undefined && entry.group.v < minV;
  }

  #keep(g: number, loaded: Loaded): boolean {
    const p = partitionOf(g, this.#watches.length);
    const watch = this.#watch(p);
    const met = watch.meet(loaded);
    if (met === "changed") this.#cache.dropPartition(p);
    if (met === "old" || !watch.believes(loaded.beacon)) return false;
    const entry = this.#cache.get(g);
    if (entry !== undefined && entry.group.v > loaded.group.v) return false;
    if (entry !== undefined && entry.group.v === loaded.group.v) this.#cache.addMembers(entry, loaded.members);
    else this.#cache.put(g, { p, watch, group: loaded.group, members: new Map(loaded.members), used: true });
    this.#waits.wake(g);
    return true;
  }

  #onDelta(p: number, delta: FactsDelta): void {
    const met = this.#watch(p).meet(delta);
    if (met === "old") return;
    if (met === "changed") this.#dropPartition(p);
    this.#loads.note(delta);
    const entry = this.#cache.get(delta.g);
    // One that the loaded facts already have.
    if (entry === undefined || delta.pv <= entry.group.v) return;
    if (delta.pp === entry.group.v) this.#cache.apply(entry, delta);
    else this.#cache.drop(delta.g);
    this.#waits.wake(delta.g);
  }

  #onBeacon(p: number, beacon: Beacon): void {
    const heard = this.#watch(p).hear(beacon, this.#clock.monotonicMs());
    if (heard === "old") return;
    if (heard === "broken") this.#dropPartition(p);
    for (const [g, , , v] of beacon.heads) {
      this.#loads.noteHead(g, v);
      const entry = this.#cache.get(g);
      if (entry === undefined || entry.group.v >= v) continue;
      this.#cache.drop(g);
      this.#waits.wake(g);
    }
  }

  #dropPartition(p: number): void {
    this.#cache.dropPartition(p);
    this.#waits.wakeAll();
  }

  #watch(p: number): PartitionWatch {
    const watch = this.#watches[p];
    if (watch === undefined) throw new Error(`there is no partition ${p}`);
    return watch;
  }
}
