import type { Checks } from "./checks/checks.ts";
import type { SimClient } from "./world/client.ts";
import type { SimJournal } from "./world/journal.ts";
import type { Machine } from "./world/machine.ts";
import type { SimNetwork } from "./world/network.ts";
import type { Profile } from "./world/profile.ts";
import type { SimStore } from "./world/store.ts";
import type { Host, World } from "./world/world.ts";

const OWNER_PAUSE_MAX_MS = 7_500;
const EDGE_PAUSE_MAX_MS = 4_000;
const CLIENT_PAUSE_MAX_MS = 3_000;
const DOWN_MAX_MS = 1_500;
const OUTAGE_MAX_MS = 12_000;
/** A replaced owner that wakes is ended by who replaced it, within this time. */
const ZOMBIE_MAX_MS = 6_000;
/** The newest owner is replaced when it has not owned its partition for so long. */
const STUCK_MAX_MS = 12_000;
const LOOK_EVERY_MS = 1_000;
/** A journal is put back by at most this many records beyond what the store has. */
const RESTORED_MAX = 10;
/** In this share of the seeds it is put back, once. */
const RESTORES = 0.06;

export type Scene = {
  readonly world: World;
  readonly checks: Checks;
  readonly journal: SimJournal;
  readonly store: SimStore;
  readonly network: SimNetwork;
  readonly machine: Machine;
  readonly clients: readonly SimClient[];
};

/** What happens to processes, disks and connections, one thing after another, until `heal`. */
export class Accidents {
  readonly #scene: Scene;
  readonly #everyMs: number;
  #healed = false;
  #restores: boolean;
  #stuckSinceMs: number | undefined;
  /** Paused processes. */
  readonly #asleep = new Set<Host>();
  readonly #zombies = new Set<Host>();

  constructor(scene: Scene, { accidentEveryMs }: Profile) {
    this.#scene = scene;
    this.#everyMs = accidentEveryMs;
    this.#restores = scene.world.random.chance(RESTORES);
    this.#next();
    this.#watch();
  }

  /** Wakes what sleeps and starts what is down; nothing happens any more. */
  heal(): void {
    const { world, machine } = this.#scene;
    this.#healed = true;
    for (const host of this.#asleep) world.resume(host);
    this.#asleep.clear();
    for (const host of this.#zombies) world.kill(host);
    this.#replaceIfRobbed();
    if (!machine.owner.alive) machine.startOwner();
    if (!machine.edge.alive) machine.startEdge();
  }

  /** An owner of the past that took the partition back and is gone now leaves it to nobody. */
  #replaceIfRobbed(): void {
    const { checks, machine } = this.#scene;
    const { holder } = checks;
    if (holder === undefined || holder.alive || !machine.owner.alive || !machine.owns) return;
    machine.killOwner();
    machine.startOwner();
  }

  #next(): void {
    const { world } = this.#scene;
    world.later(world.outside, world.random.between(0.2, 1.8) * this.#everyMs, () => {
      if (this.#healed) return;
      this.#happen();
      this.#next();
    });
  }

  #happen(): void {
    const { world, checks, clients } = this.#scene;
    checks.counts.faults++;
    if (clients.some(({ open }) => open > 0)) checks.counts.faultsInFlight++;
    const dice = world.random.next();
    if (dice < 0.26) this.#cutClient();
    else if (dice < 0.34) this.#pauseClient();
    else if (dice < 0.5) this.#crashOwner();
    else if (dice < 0.67) this.#pauseOwner();
    else if (dice < 0.77) this.#crashEdge();
    else if (dice < 0.85) this.#pauseEdge();
    else if (dice < 0.93) this.#outage();
    else if (this.#restores) this.#restore();
    else this.#powerCut();
  }

  #cutClient(): void {
    const { world, checks, network, clients } = this.#scene;
    const client = world.random.pick(clients);
    if (client === undefined) return;
    checks.happened("connection-cut");
    network.cut(client.host);
  }

  #pauseClient(): void {
    const { world, checks, clients } = this.#scene;
    const client = world.random.pick(clients);
    if (client === undefined) return;
    checks.happened("client-paused");
    this.#sleep(client.host, CLIENT_PAUSE_MAX_MS);
  }

  #crashOwner(): void {
    const { checks, machine } = this.#scene;
    if (!machine.owner.alive) return;
    checks.happened("owner-crashed");
    machine.killOwner();
    this.#in(DOWN_MAX_MS, () => {
      if (!machine.owner.alive) machine.startOwner();
    });
  }

  /** Half of the time another owner takes over meanwhile, and the first wakes as one of the past. */
  #pauseOwner(): void {
    const { world, checks, machine } = this.#scene;
    const host = machine.owner;
    if (!host.alive || host.paused) return;
    checks.happened("owner-paused");
    const ms = this.#sleep(host, OWNER_PAUSE_MAX_MS);
    if (!world.random.chance(0.5)) return;
    this.#zombies.add(host);
    world.later(world.outside, world.random.between(0, ms), () => {
      if (!this.#healed && machine.owner === host) machine.startOwner();
    });
    world.later(world.outside, ms + world.random.between(0, ZOMBIE_MAX_MS), () => {
      if (machine.owner === host) return;
      world.kill(host);
      if (!this.#healed) this.#replaceIfRobbed();
    });
  }

  #crashEdge(): void {
    const { checks, machine } = this.#scene;
    if (!machine.edge.alive) return;
    checks.happened("edge-crashed");
    machine.killEdge();
    this.#in(DOWN_MAX_MS, () => {
      if (!machine.edge.alive) machine.startEdge();
    });
  }

  #pauseEdge(): void {
    const { checks, machine } = this.#scene;
    if (!machine.edge.alive || machine.edge.paused) return;
    checks.happened("edge-paused");
    this.#sleep(machine.edge, EDGE_PAUSE_MAX_MS);
  }

  #outage(): void {
    const { world, checks, store } = this.#scene;
    checks.happened("store-outage");
    store.outage(world.random.between(100, OUTAGE_MAX_MS));
  }

  #powerCut(): void {
    this.#scene.checks.happened("power-cut");
    this.#allDown(() => this.#scene.store.powerCut());
  }

  /** The journal comes back as it was before the newest that the store already has. */
  #restore(): void {
    const { world, journal, store } = this.#scene;
    const last = store.checkpoint - 1 - world.random.below(RESTORED_MAX);
    if (last < 1) return;
    this.#restores = false;
    this.#allDown(async () => journal.restore(last));
  }

  #allDown(meanwhile: () => Promise<void>): void {
    const { world, machine } = this.#scene;
    for (const host of this.#zombies) world.kill(host);
    machine.killOwner();
    machine.killEdge();
    void meanwhile().then(() => {
      this.#in(DOWN_MAX_MS, () => {
        if (!machine.owner.alive) machine.startOwner();
        if (!machine.edge.alive) machine.startEdge();
      });
    });
  }

  #sleep(host: Host, maxMs: number): number {
    const { world } = this.#scene;
    const ms = world.random.between(50, maxMs);
    world.pause(host);
    this.#asleep.add(host);
    world.later(world.outside, ms, () => {
      if (this.#asleep.delete(host)) world.resume(host);
    });
    return ms;
  }

  #in(maxMs: number, run: () => void): void {
    const { world } = this.#scene;
    world.later(world.outside, world.random.between(1, maxMs), run);
  }

  /** Stands for who looks after the processes: an owner that owns nothing for long is replaced. */
  #watch(): void {
    const { world, machine } = this.#scene;
    world.later(world.outside, LOOK_EVERY_MS, () => {
      if (machine.owns || !machine.owner.alive || machine.owner.paused) this.#stuckSinceMs = undefined;
      else this.#stuckSinceMs ??= world.nowMs;
      if (world.nowMs - (this.#stuckSinceMs ?? world.nowMs) > STUCK_MAX_MS) {
        this.#stuckSinceMs = undefined;
        machine.killOwner();
        machine.startOwner();
      }
      this.#watch();
    });
  }
}
