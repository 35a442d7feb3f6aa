import { sleep } from "@guildhall/kernel";
import type { TcpProxy } from "@guildhall/testkit";
import type { Accident } from "./accident.ts";
import { sleepsInTakeover } from "./in-hand.ts";
import { storeAway } from "./store-away.ts";
import type { Ways } from "./system.ts";

/** Sends go on again after so long, ms: after an owner was lost, and after a NATS server was. */
const OWNER_MAX_MS = 8_000;
const NATS_MAX_MS = 15_000;
/** A gateway's clients are back elsewhere, and have everything. */
const CLIENTS_MAX_MS = 10_000;

/** `one`: only that to one of the servers. */
type Spoiled = {
  readonly of: keyof Ways;
  readonly one?: boolean;
  readonly forMs: number;
  readonly stallMaxMs: number;
};

const often = { quick: 1, full: 5 } as const;

/** One of a kind is killed, and after a while started again. */
function killed(kind: string, stallMaxMs: number): Accident {
  return {
    name: `kill -9 of one ${kind}`,
    times: often,
    stallMaxMs,
    async happen({ system, random }) {
      const name = random.pick(system.named(kind));
      system.kill(name);
      await sleep(2_000 + random.below(2_000));
      await system.restart(name);
    },
  };
}

/** One of a kind is stopped for so long, and goes on as if nothing had been. */
function asleep(kind: string, forMs: number, stallMaxMs: number): Accident {
  return {
    name: `one ${kind} stopped for ${forMs / 1_000} s`,
    times: often,
    stallMaxMs,
    async happen({ system, random }) {
      const name = random.pick(system.named(kind));
      system.sleep(name);
      await sleep(forMs);
      system.wake(name);
    },
  };
}

/** The connections to the servers of a kind, or to one of them, are spoiled for so long. */
function spoiled(
  name: string,
  { of, one = false, forMs, stallMaxMs }: Spoiled,
  spoil: (way: TcpProxy) => void,
  mend: (way: TcpProxy) => void,
): Accident {
  return {
    name,
    times: often,
    stallMaxMs,
    async happen({ system, random }) {
      const ways = one ? [random.pick(system.ways[of])] : system.ways[of];
      ways.forEach(spoil);
      await sleep(forMs);
      ways.forEach(mend);
    },
  };
}

const cut = (way: TcpProxy): void => way.cut();
const hold = (way: TcpProxy): void => way.hold();
const release = (way: TcpProxy): void => way.release();
const late = (ms: number) => (way: TcpProxy) => way.delay(ms);

/** All of a kind are started anew in order, one after another. */
function rolling(kind: string, stallMaxMs: number): Accident {
  return {
    name: `rolling restart of each ${kind}`,
    times: often,
    stallMaxMs,
    async happen({ system }) {
      for (const name of system.named(kind)) await system.restart(name);
    },
  };
}

/** All of a kind are killed, and after a while started again. */
function allKilled(kind: string, stallMaxMs: number): Accident {
  return {
    name: `kill -9 of every ${kind}`,
    times: often,
    stallMaxMs,
    async happen({ system }) {
      const all = system.named(kind);
      for (const name of all) system.kill(name);
      await sleep(2_000);
      for (const name of all) await system.restart(name);
    },
  };
}

/** Everything that happens to a cluster, in this order. */
export const ACCIDENTS: readonly Accident[] = [
  killed("gateway", CLIENTS_MAX_MS),
  asleep("gateway", 6_000, 6_000 + CLIENTS_MAX_MS),
  killed("fanout", OWNER_MAX_MS),
  // Longer than a lease: it is replaced meanwhile, and comes back as one that owns nothing.
  asleep("fanout", 12_000, OWNER_MAX_MS),
  // Both gateways of this machine ask this one.
  killed("permission", 30_000),
  asleep("permission", 6_000, 6_000 + CLIENTS_MAX_MS),
  killed("nats", NATS_MAX_MS),
  asleep("nats", 12_000, NATS_MAX_MS),
  allKilled("nats", 60_000),
  // All clients come at once to gateways that hold nothing yet.
  allKilled("gateway", 10_000 + CLIENTS_MAX_MS),
  // Leases of the dead end first.
  allKilled("fanout", 20_000),
  killed("redis", CLIENTS_MAX_MS),
  {
    name: "Redis flushed",
    times: often,
    stallMaxMs: CLIENTS_MAX_MS,
    happen: ({ system }) => system.flushRedis(),
  },
  { ...storeAway, stallMaxMs: OWNER_MAX_MS },
  {
    name: "all clients come back at once",
    times: often,
    stallMaxMs: CLIENTS_MAX_MS,
    async happen({ workload }) {
      for (const device of workload.devices) device.cut();
    },
  },
  // Right after that: the devices are spread over both gateways again, and repeat at the other one.
  sleepsInTakeover(CLIENTS_MAX_MS),
  spoiled("connections to NATS cut", { of: "nats", forMs: 100, stallMaxMs: NATS_MAX_MS }, cut, cut),
  spoiled("connections to Redis cut", { of: "redis", forMs: 100, stallMaxMs: CLIENTS_MAX_MS }, cut, cut),
  spoiled("connections to Cassandra cut", { of: "cassandra", forMs: 100, stallMaxMs: OWNER_MAX_MS }, cut, cut),
  // Who is connected there is cut off, and is replaced; what it had under way arrives afterwards.
  spoiled("one NATS server half-open", { of: "nats", one: true, forMs: 12_000, stallMaxMs: 27_000 }, hold, release),
  spoiled("all of NATS half-open", { of: "nats", forMs: 6_000, stallMaxMs: 6_000 + NATS_MAX_MS }, hold, release),
  spoiled("Redis half-open", { of: "redis", forMs: 6_000, stallMaxMs: CLIENTS_MAX_MS }, hold, release),
  spoiled("NATS 100 ms late", { of: "nats", forMs: 8_000, stallMaxMs: OWNER_MAX_MS }, late(100), late(0)),
  rolling("permission", 30_000),
  rolling("gateway", CLIENTS_MAX_MS),
  rolling("fanout", OWNER_MAX_MS),
  rolling("nats", NATS_MAX_MS),
];
