import { type Fanout, startFanout } from "@guildhall/fanout";
import { type Gateway, startGateway } from "@guildhall/gateway";
import { startPermission } from "@guildhall/permission";
import { memoryPresence } from "@guildhall/presence/memory";
import { Registry } from "@guildhall/telemetry";
import type { Log } from "@guildhall/telemetry/log";
import type { Checks } from "../checks/checks.ts";
import type { SimBus } from "./bus.ts";
import { EDGE, OWNER, PERMISSION } from "./config.ts";
import type { SimJournal } from "./journal.ts";
import type { SimNetwork } from "./network.ts";
import { verifyToken } from "./people.ts";
import type { SimStore } from "./store.ts";
import type { Host, World } from "./world.ts";

/** A process that could not start tries again after this time. */
const RESTART_MS = 300;

/** One for all simulations of this process: it measures the process, and metrics are made anew by each start. */
const registry = new Registry();

export type Ports = {
  readonly world: World;
  readonly checks: Checks;
  readonly journal: SimJournal;
  readonly store: SimStore;
  readonly bus: SimBus;
  readonly network: SimNetwork;
};

/** The real services, each in a process of its own that can pause and end: an owner, and an edge with its sidecar. */
export class Machine {
  readonly #ports: Ports;
  readonly #log: Log;
  #owners = 0;
  #edges = 0;
  #fanout: Fanout | undefined;
  #gateway: Gateway | undefined;
  /** The owner that was started last; one before it may still be there, paused. */
  owner: Host;
  edge: Host;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.owner = ports.world.host("no owner");
    this.edge = ports.world.host("no edge");
    this.#log = logOf(ports.checks);
  }

  get ready(): boolean {
    return this.owner.alive && this.edge.alive && this.#fanout?.ready() === true && this.#gateway?.ready() === true;
  }

  /** Whether the newest owner owns. */
  get owns(): boolean {
    return this.#fanout?.ready() === true;
  }

  startOwner(): void {
    const host = this.#ports.world.host(`owner${++this.#owners}`);
    this.owner = host;
    this.#fanout = undefined;
    this.#begin(host, async () => {
      const { world, journal, store, bus } = this.#ports;
      registry.prom.clear();
      const ports = { journal: journal.of(host), store: store.of(host), bus: bus.of(host), clock: world.clock };
      const fanout = await startFanout(OWNER, { ...ports, registry, log: this.#log });
      if (this.owner === host) this.#fanout = fanout;
    });
  }

  startEdge(): void {
    const host = this.#ports.world.host(`edge${++this.#edges}`);
    this.edge = host;
    this.#gateway = undefined;
    this.#begin(host, async () => {
      const { world, store, bus, network } = this.#ports;
      const { clock } = world;
      registry.prom.clear();
      const common = { bus: bus.of(host), clock, registry, log: this.#log };
      const { permit } = await startPermission(PERMISSION, { ...common, serve: async () => ({ ...NOTHING }) });
      const ports = { ...common, store: store.of(host), permit, presence: memoryPresence(clock) };
      const keys = { verify: verifyToken(clock) };
      const gateway = await startGateway(EDGE, { ...ports, keys, listen: network.listen(host) });
      if (this.edge === host) this.#gateway = gateway;
    });
  }

  /** The process is gone from one moment to the next, with all it held. */
  killOwner(host = this.owner): void {
    this.#ports.world.kill(host);
  }

  killEdge(): void {
    this.look();
    this.#ports.world.kill(this.edge);
    this.#ports.network.cutAll();
  }

  /** Notes what the gateway has met so far. */
  look(): void {
    const stats = this.#gateway?.stats();
    if (stats === undefined) return;
    const { checks } = this.#ports;
    if (stats.stale > 0 && this.#owners > 1) checks.happened("zombie-news-ignored");
    if (stats.beaconsLost > 0) checks.happened("partition-unverified");
    if (stats.holesFilled > 0) checks.happened("hole-filled");
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

const NOTHING = { async [Symbol.asyncDispose](): Promise<void> {} };

/** What a service reports as an error that nobody foresaw is a bug; what it foresaw is its business. */
function logOf(checks: Checks): Log {
  return {
    info: (event, fields) => checks.trace(() => `${event} ${JSON.stringify(fields)}`),
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
