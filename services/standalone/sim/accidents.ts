import type { Checks } from "./checks/checks.ts";
import type { SimBus } from "./world/bus.ts";
import type { SimClient } from "./world/client.ts";
import type { SimJournal } from "./world/journal.ts";
import type { Edge, Machine } from "./world/machine.ts";
import type { SimNetwork } from "./world/network.ts";
import type { Profile } from "./world/profile.ts";
import type { SimStore } from "./world/store.ts";
import type { Host, World } from "./world/world.ts";

const OWNER_PAUSE_MAX_MS = 7_500;
const EDGE_PAUSE_MAX_MS = 4_000;
/** A gateway waits a second for its sidecar. */
const SIDECAR_PAUSE_MAX_MS = 3_000;
const SIDECAR_EVERY_MS = 2_500;
/** In this share of the seeds sidecars sleep. */
const SIDECARS_SLEEP = 0.35;
/** In this share of the seeds clocks of processes are set while they run. */
const CLOCKS_STEP = 0.4;
const STEP_EVERY_MS = 3_000;
const CLIENT_PAUSE_MAX_MS = 3_000;
const DOWN_MAX_MS = 1_500;
const OUTAGE_MAX_MS = 12_000;
/** Short of what makes a gateway notice that it hears nothing. */
export const DEAF_MAX_MS = 1_900;
/** An owner that is paused and replaced while it tells others of a record, sleeps at least this long. */
const RELAY_PAUSE_MIN_MS = 1_500;
/** A replaced owner that wakes is ended by who replaced it, within this time. */
const ZOMBIE_MAX_MS = 6_000;
/** The newest owner is replaced when it has not owned its partition for so long. */
const STUCK_MAX_MS = 12_000;
const LOOK_EVERY_MS = 1_000;
/** A journal is put back by at most this many records beyond what the store has. */
const RESTORED_MAX = 10;
/** Before it is put back, what its owner tells others is lost for so long. */
const HUSHED_MIN_MS = 800;
const HUSHED_MAX_MS = 2_500;
/** Where owners share their leases, in this share of the seeds each now and then leaves in order, once the next is there. */
const RELIEVED = 0.75;
const RELIEVED_EVERY_MS = 2_000;
const RELIEVED_AFTER_MS = 300;
/** In this share of the seeds it is put back, once. */
const RESTORES = 0.25;

export type Scene = {
  readonly world: World;
  readonly checks: Checks;
  readonly journal: SimJournal;
  readonly store: SimStore;
  readonly bus: SimBus;
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

  constructor(scene: Scene, { accidentEveryMs, relayPaused }: Profile) {
    this.#scene = scene;
    this.#everyMs = accidentEveryMs;
    this.#restores = scene.world.random.chance(RESTORES);
    scene.journal.onVisit((host) => this.#visited(host, relayPaused));
    this.#next();
    this.#watch();
    if (scene.world.aside.chance(SIDECARS_SLEEP)) this.#drowse();
    if (scene.world.aside.chance(CLOCKS_STEP)) this.#step();
    if (scene.machine.sharesLeases && scene.world.aside.chance(RELIEVED)) this.#relieve();
  }

  /** Wakes what sleeps and starts what is down; nothing happens any more. */
  heal(): void {
    const { world, machine } = this.#scene;
    this.#healed = true;
    this.#scene.bus.hush(undefined);
    for (const host of this.#asleep) world.resume(host);
    this.#asleep.clear();
    for (const host of this.#zombies) world.kill(host);
    this.#replaceIfRobbed();
    if (!machine.owner.alive) machine.startOwner();
    machine.startEdges();
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
    else if (dice < 0.83) this.#pauseEdge();
    else if (dice < 0.88) this.#deafenEdge();
    else if (dice < 0.94) this.#outage();
    else if (this.#restores) this.#restore();
    else this.#powerCut();
  }

  /** Now and then somebody sets the clock of an owner or of an edge. */
  #step(): void {
    const { world, checks, machine } = this.#scene;
    world.later(world.outside, world.aside.between(0.2, 1.8) * STEP_EVERY_MS, () => {
      if (this.#healed) return;
      const host = world.aside.pick([machine.owner, ...machine.edges.map((edge) => edge.host)]);
      if (host?.alive === true) {
        world.step(host);
        checks.happened("clock-stepped");
      }
      this.#step();
    });
  }

  /** Now and then another owner is started, and when it may be there the one before leaves in order. */
  #relieve(): void {
    const { world } = this.#scene;
    world.later(world.outside, world.aside.between(0.2, 1.8) * RELIEVED_EVERY_MS, () => {
      if (this.#healed) return;
      this.#handOver();
      this.#relieve();
    });
  }

  #handOver(): void {
    const { world, machine } = this.#scene;
    const { owner: host } = machine;
    if (!host.alive || host.paused || !machine.owns) return;
    const leave = machine.leaver();
    machine.startOwner();
    this.#zombies.add(host);
    world.later(host, RELIEVED_AFTER_MS, leave);
    world.later(world.outside, RELIEVED_AFTER_MS + ZOMBIE_MAX_MS, () => world.kill(host));
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
    this.#sleep(client.host, 50, CLIENT_PAUSE_MAX_MS);
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

  #pauseOwner(): void {
    const { world, checks, machine } = this.#scene;
    const host = machine.owner;
    if (!host.alive || host.paused) return;
    checks.happened("owner-paused");
    const ms = this.#sleep(host, 50, OWNER_PAUSE_MAX_MS);
    if (world.random.chance(0.5)) this.#replace(host, ms);
  }

  /** Another owner takes over from one that sleeps for `ms`, and that one wakes as one of the past. */
  #replace(host: Host, ms: number): void {
    const { world, machine } = this.#scene;
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

  /** What an owner of the past still tells others must not stand in the place of what is newer. */
  #visited(host: Host, relayPaused: number): void {
    const { world, checks, machine } = this.#scene;
    if (this.#healed || host !== machine.owner || !machine.owns || host.paused) return;
    if (!world.random.chance(relayPaused)) return;
    checks.happened("relay-paused");
    this.#replace(host, this.#sleep(host, RELAY_PAUSE_MIN_MS, OWNER_PAUSE_MAX_MS));
  }

  #anyEdge(): Edge | undefined {
    const { world, machine } = this.#scene;
    const edge = world.random.pick(machine.edges);
    return edge?.host.alive === true && !edge.host.paused ? edge : undefined;
  }

  #crashEdge(): void {
    const { checks, machine } = this.#scene;
    const edge = this.#anyEdge();
    if (edge === undefined) return;
    checks.happened("edge-crashed");
    machine.killEdge(edge);
    this.#in(DOWN_MAX_MS, () => {
      if (!edge.host.alive) machine.startEdge(edge);
    });
  }

  #pauseEdge(): void {
    const edge = this.#anyEdge();
    if (edge === undefined) return;
    this.#scene.checks.happened("edge-paused");
    this.#sleep(edge.host, 50, EDGE_PAUSE_MAX_MS);
  }

  /** Beside the accidents: now and then a sidecar sleeps. */
  #drowse(): void {
    const { world, machine } = this.#scene;
    world.later(world.outside, world.aside.between(0.2, 1.8) * SIDECAR_EVERY_MS, () => {
      if (this.#healed) return;
      world.aside.pick(machine.edges)?.sidecar?.sleep(world.aside.between(50, SIDECAR_PAUSE_MAX_MS));
      this.#drowse();
    });
  }

  #deafenEdge(): void {
    const { world, bus } = this.#scene;
    const edge = this.#anyEdge();
    if (edge !== undefined) bus.deafen(edge.host, world.random.between(50, DEAF_MAX_MS));
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

  /** The journal comes back as it was before the newest that the store already has, and of which nobody was told. */
  #restore(): void {
    const { world, bus, machine } = this.#scene;
    this.#restores = false;
    bus.hush(machine.owner);
    world.later(world.outside, world.random.between(HUSHED_MIN_MS, HUSHED_MAX_MS), () => this.#putBack());
  }

  #putBack(): void {
    const { world, journal, store } = this.#scene;
    const last = store.checkpoint - 1 - world.random.below(RESTORED_MAX);
    if (last < 1 || this.#healed) return;
    this.#allDown(async () => {
      store.rest();
      journal.restore(last);
    });
  }

  #allDown(meanwhile: () => Promise<void>): void {
    const { world, machine } = this.#scene;
    for (const host of this.#zombies) world.kill(host);
    machine.killOwner();
    machine.killEdges();
    void meanwhile().then(() => {
      this.#in(DOWN_MAX_MS, () => {
        if (!machine.owner.alive) machine.startOwner();
        machine.startEdges();
      });
    });
  }

  #sleep(host: Host, minMs: number, maxMs: number): number {
    const { world } = this.#scene;
    const ms = world.random.between(minMs, maxMs);
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
