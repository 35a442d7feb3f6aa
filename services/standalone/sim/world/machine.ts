import { type Fanout, startFanout } from "@guildhall/fanout";
import type { FanoutConfig } from "@guildhall/fanout/config";
import { type Gateway, startGateway } from "@guildhall/gateway";
import type { Leases } from "@guildhall/lease";
import { MemoryLeases } from "@guildhall/lease/memory";
import { startPermission } from "@guildhall/permission";
import { memoryPresence } from "@guildhall/presence/memory";
import { Registry } from "@guildhall/telemetry";
import type { Log } from "@guildhall/telemetry/log";
import type { Checks } from "../checks/checks.ts";
import type { SimBus } from "./bus.ts";
import { EDGE, EDGES, OWNER, PERMISSION, SHORT_MEMORY_BYTES } from "./config.ts";
import type { SimJournal } from "./journal.ts";
import type { SimNetwork } from "./network.ts";
import { verifyToken } from "./people.ts";
import { SimSidecar } from "./sidecar.ts";
import type { SimStore } from "./store.ts";
import type { Host, World } from "./world.ts";

/** That a lease is free is heard after its owner's last words most often, and not always. */
const RELEASE_HEARD_MAX_MS = 3;
/** A process that could not start tries again after this time. */
const RESTART_MS = 300;
/** In this share of the seeds owners see each other's leases, and wait for those that ended without a word. */
const SHARED_LEASES = 0.3;

/** In this share of the seeds bodies of what is not stored leave the owner's memory. */
const SHORT_MEMORY = 0.5;

/** One for all simulations of this process: they measure the process, and metrics are made anew by each start. */
const ownerRegistry = new Registry();
const edgeRegistries = Array.from({ length: EDGES }, () => new Registry());

export type Ports = {
  readonly world: World;
  readonly checks: Checks;
  readonly journal: SimJournal;
  readonly store: SimStore;
  readonly bus: SimBus;
  readonly network: SimNetwork;
};

/** A place for a gateway: its process, and how many there have been. */
export type Edge = {
  readonly at: number;
  host: Host;
  gateway: Gateway | undefined;
  sidecar: SimSidecar | undefined;
  starts: number;
};

/** The real services, each in a process of its own that can pause and end: an owner, and edges with their sidecars. */
export class Machine {
  readonly #ports: Ports;
  readonly #log: Log;
  #owners = 0;
  #fanout: Fanout | undefined;
  /** The owner that was started last; one before it may still be there, paused. */
  owner: Host;
  readonly edges: readonly Edge[];
  readonly #presence;
  /** Undefined: every owner has its own, and only the journal keeps an owner of the past from what is another's. */
  readonly #leases: MemoryLeases | undefined;
  readonly #config: FanoutConfig;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.owner = ports.world.host("no owner");
    const gone = { gateway: undefined, sidecar: undefined, starts: 0 };
    const none = (at: number): Edge => ({ at, host: ports.world.host("no edge"), ...gone });
    this.edges = Array.from({ length: EDGES }, (_, at) => none(at));
    this.#leases = ports.world.random.chance(SHARED_LEASES) ? new MemoryLeases(ports.world.clock) : undefined;
    this.#config = ports.world.aside.chance(SHORT_MEMORY)
      ? { ...OWNER, backlogMemoryBytes: SHORT_MEMORY_BYTES }
      : OWNER;
    this.#presence = memoryPresence(ports.world.clock);
    this.#log = logOf(ports.checks);
  }

  get ready(): boolean {
    if (!this.owner.alive || !this.owns) return false;
    return this.edges.every(({ host, gateway }) => host.alive && gateway?.ready() === true);
  }

  /** Whether the newest owner owns. */
  get owns(): boolean {
    return this.#fanout?.ready() === true;
  }

  /** Whether an owner that leaves is followed by the one that waits. */
  get sharesLeases(): boolean {
    return this.#leases !== undefined;
  }

  /** Makes the newest owner leave in order when it is called, whoever is the newest then. */
  leaver(): () => void {
    const fanout = this.#fanout;
    // What it could not finish is what its end leaves behind.
    return () => void fanout?.[Symbol.asyncDispose]().then(undefined, () => {});
  }

  startOwner(): void {
    const host = this.#ports.world.host(`owner${++this.#owners}`, true);
    this.owner = host;
    this.#fanout = undefined;
    this.#begin(host, async () => {
      const { world, journal, store, bus } = this.#ports;
      const clock = world.clockOf(host);
      ownerRegistry.prom.clear();
      const ports = { journal: journal.of(host), store: store.of(host), bus: bus.of(host), clock };
      const leases = leasesOf(this.#leases ?? new MemoryLeases(world.clock), host, world);
      const fanout = await startFanout(this.#config, { ...ports, leases, registry: ownerRegistry, log: this.#log });
      if (this.owner === host) this.#fanout = fanout;
    });
  }

  /** Starts what is down. */
  startEdges(): void {
    for (const edge of this.edges) if (!edge.host.alive || edge.starts === 0) this.startEdge(edge);
  }

  startEdge(edge: Edge): void {
    const host = this.#ports.world.host(`edge${edge.at}.${++edge.starts}`, true);
    edge.host = host;
    edge.gateway = undefined;
    edge.sidecar = undefined;
    this.#begin(host, async () => {
      const { world, checks, store, bus, network } = this.#ports;
      const clock = world.clockOf(host);
      const registry = edgeRegistries[edge.at] ?? new Registry();
      registry.prom.clear();
      const common = { bus: bus.of(host), clock, registry, log: this.#log };
      const { permit } = await startPermission(PERMISSION, { ...common, serve: async () => ({ ...NOTHING }) });
      const sidecar = new SimSidecar(permit, host, world, checks);
      const ports = { ...common, store: store.of(host), permit: sidecar.permit, presence: this.#presence };
      const keys = { verify: verifyToken(clock) };
      const gateway = await startGateway(EDGE, { ...ports, keys, listen: network.listen(host, edge.at) });
      if (edge.host === host) edge.gateway = gateway;
      if (edge.host === host) edge.sidecar = sidecar;
    });
  }

  /** The process is gone from one moment to the next, with all it held. */
  killOwner(host = this.owner): void {
    this.#ports.world.kill(host);
  }

  killEdge(edge: Edge): void {
    look(edge, this.#owners, this.#ports.checks);
    this.#ports.world.kill(edge.host);
    this.#ports.network.cutFrom(edge.host);
  }

  killEdges(): void {
    for (const edge of this.edges) this.killEdge(edge);
  }

  /** Notes what the gateways have met so far. */
  look(): void {
    for (const edge of this.edges) look(edge, this.#owners, this.#ports.checks);
  }

  /** Starts a process as its own first event, and again when that fails: a store that does not answer is no end. */
  #begin(host: Host, start: () => Promise<void>): void {
    const { world } = this.#ports;
    const attempt = (): void => {
      start().catch(() => world.later(host, RESTART_MS, attempt));
    };
    world.later(host, 0, attempt);
  }
}

/** Whoever hears that a lease is free goes on in its own process, and not in that of who gave it up. */
function leasesOf(all: MemoryLeases, host: Host, world: World): Leases {
  const leases = all.as(host.name);
  const heard = (then: () => void) => world.later(host, world.aside.between(0.1, RELEASE_HEARD_MAX_MS), then);
  return { ...leases, onReleased: (then) => leases.onReleased((name) => void heard(() => then(name))) };
}

function look({ gateway }: Edge, owners: number, checks: Checks): void {
  const stats = gateway?.stats();
  if (stats === undefined) return;
  if (stats.stale > 0 && owners > 1) checks.happened("zombie-news-ignored");
  if (stats.beaconsLost > 0) checks.happened("partition-unverified");
  if (stats.holesFilled > 0) checks.happened("hole-filled");
}

const NOTHING = { async [Symbol.asyncDispose](): Promise<void> {} };

/** What a service reports as an error that nobody foresaw is a bug; what it foresaw is its business. */
function logOf(checks: Checks): Log {
  return {
    info: (event, fields) => {
      checks.trace(() => `${event} ${JSON.stringify(fields)}`);
      if (event === "journal_reread") checks.happened("journal-reread");
      if (event === "partition_owned" && (fields as { readonly handed?: boolean }).handed === true)
        checks.happened("owner-handed-over");
    },
    warn: (event, fields) => {
      checks.trace(() => `${event} ${JSON.stringify(fields)}`);
      if (event === "partition_lost") checks.happened("zombie-fenced");
    },
    error: (event, error) => {
      checks.trace(() => `${event} ${String(error)}`);
      if (!(error instanceof Error) || error.name === "AppError") return;
      checks.violate(`${event}: ${error.stack ?? error.message}`);
    },
  };
}
