import { natsBus } from "@guildhall/bus/nats";
import { Env } from "@guildhall/config";
import type { Journal } from "@guildhall/journal";
import { jetstreamJournal } from "@guildhall/journal/jetstream";
import { Closers, systemClock } from "@guildhall/kernel";
import { natsLeases } from "@guildhall/lease/nats-kv";
import { connectNats, type Nats, natsConfig } from "@guildhall/nats";
import { type OwnerClient, ownerClient } from "@guildhall/owner";
import { Registry } from "@guildhall/telemetry";
import { silentLog } from "@guildhall/telemetry/log";
import { TcpProxy } from "@guildhall/testkit";
import { type Fanout, startFanout } from "../src/fanout.ts";
import { newStore } from "./bench.ts";

/** Whether there are servers to run on. */
export const HAS_SERVERS = process.env["NATS_SERVERS"] !== undefined;
const REPLICAS = Number(process.env["NATS_REPLICAS"] ?? 1);

/** One fanout with a connection of its own, as in a process of its own. */
export type Process = {
  readonly nats: Nats;
  readonly fanout: Fanout;
  /** How many partitions it owns now. */
  readonly owned: () => Promise<number>;
  /** What became of its appends that were not answered with a position. */
  readonly failures: readonly string[];
};

/** Streams and leases of one test file on real servers, and a store in memory. They go with it. */
export class Installation implements AsyncDisposable {
  readonly partitions: number;
  readonly #id = `t${crypto.randomUUID().slice(0, 8)}`;
  readonly #store = newStore();
  readonly #closers = new Closers();

  constructor(partitions: number) {
    this.partitions = partitions;
  }

  /** A connection, through proxies where there are some; whoever makes it ends it. */
  connect(through: readonly TcpProxy[] = []): Promise<Nats> {
    const servers = through.map(({ port }) => `127.0.0.1:${port}`).join(",");
    const env = through.length === 0 ? process.env : { ...process.env, NATS_SERVERS: servers };
    return connectNats(natsConfig(new Env(env)), "fanout test", () => {});
  }

  /** A proxy to each server. */
  async proxies(): Promise<readonly TcpProxy[]> {
    const places = natsConfig(new Env(process.env)).servers;
    const ports = places.map((place) => Number(place.slice(place.lastIndexOf(":") + 1)));
    return Promise.all(ports.map(async (port) => this.#closers.use(await TcpProxy.start(port))));
  }

  owner(nats: Nats, timeoutMs: number): OwnerClient {
    return ownerClient(
      natsBus(nats, () => {}),
      { partitions: this.partitions, timeoutMs },
    );
  }

  journal(nats: Nats): Promise<Journal> {
    const { partitions } = this;
    return jetstreamJournal({ nats, partitions, replicas: REPLICAS, maxBytes: 2 ** 30, prefix: this.#id });
  }

  async start(through: readonly TcpProxy[] = []): Promise<Process> {
    const nats = await this.connect(through);
    const registry = new Registry();
    const failures: string[] = [];
    const config = {
      partitions: this.partitions,
      journalKeepMs: 86_400_000,
      journalKeepBytes: 2 ** 30,
      backlogMemoryBytes: 2 ** 24,
    };
    const fanout = await startFanout(config, {
      bus: natsBus(nats, () => {}),
      leases: await natsLeases({
        nats,
        clock: systemClock,
        replicas: REPLICAS,
        holder: crypto.randomUUID(),
        bucket: this.#id,
      }),
      journal: noting(await this.journal(nats), failures),
      store: this.#store,
      clock: systemClock,
      registry,
      log: silentLog,
    });
    const owned = async () => Number(/^\w*partitions_owned (\d+)$/m.exec(await registry.text())?.[1] ?? Number.NaN);
    return { nats, fanout, owned, failures };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using nats = await this.connect();
    const streams = Array.from({ length: this.partitions }, (_, p) => `${this.#id}JOURNAL_${p}`);
    for (const stream of [...streams, `KV_${this.#id}`]) {
      await nats.connection.request(`$JS.API.STREAM.DELETE.${stream}`);
    }
    await this.#closers[Symbol.asyncDispose]();
  }
}

function noting(journal: Journal, failures: string[]): Journal {
  return {
    append: (partition, expected, data) =>
      journal.append(partition, expected, data).catch((error: unknown) => {
        failures.push(String(error));
        throw error;
      }),
    read: (partition, from, limit) => journal.read(partition, from, limit),
    end: (partition) => journal.end(partition),
    purge: (partition, before) => journal.purge(partition, before),
    bytes: () => journal.bytes(),
    [Symbol.asyncDispose]: () => journal[Symbol.asyncDispose](),
  };
}

export async function stop({ nats, fanout }: Process): Promise<void> {
  await fanout[Symbol.asyncDispose]();
  await nats[Symbol.asyncDispose]();
}
