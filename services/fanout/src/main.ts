import { natsBus } from "@guildhall/bus/nats";
import { Env } from "@guildhall/config";
import { jetstreamJournal } from "@guildhall/journal/jetstream";
import { run, systemClock, untilAvailable } from "@guildhall/kernel";
import { natsLeases } from "@guildhall/lease/nats-kv";
import { connectNats } from "@guildhall/nats";
import type { Table } from "@guildhall/store";
import { cassandraStore } from "@guildhall/store/cassandra";
import { Registry, startAdmin } from "@guildhall/telemetry";
import { stdoutLog } from "@guildhall/telemetry/log";
import { FANOUT_TABLES, startFanout } from "./fanout.ts";
import { fanoutProcessConfig } from "./process-config.ts";

/** New servers choose leaders first: a start waits this long for the leases. */
const OPENING_MAX_MS = 60_000;
/** A statement to Cassandra costs far more than a row in it. */
const STORE_GATHER_MS = 1_000;

await run(async (closers) => {
  const env = new Env(process.env);
  const { fanout: config, nats, cassandra, replicas, journalMaxBytes, admin } = fanoutProcessConfig(env);
  env.done();

  const log = stdoutLog("fanout");
  const clock = systemClock;
  const registry = new Registry();
  const connection = closers.use(await connectNats(nats, "fanout", (status) => log.warn("nats", { status })));
  const bus = closers.use(natsBus(connection, (error) => log.error("bus_handler", error)));
  // Of this process and none after it: what a former one held is not this one's.
  const holder = crypto.randomUUID();
  const opened = () => natsLeases({ nats: connection, clock, holder, replicas });
  const leases = closers.use(await untilAvailable(opened, OPENING_MAX_MS));
  const { partitions } = config;
  const journal = closers.use(
    await jetstreamJournal({ nats: connection, partitions, replicas, maxBytes: journalMaxBytes }),
  );
  const tables = FANOUT_TABLES as unknown as Table[];
  const store = closers.use(await cassandraStore({ config: cassandra, tables, changesSchema: true }));
  const fanout = closers.use(
    await startFanout(config, { journal, store, storeGatherMs: STORE_GATHER_MS, bus, leases, clock, registry, log }),
  );
  const ready = () => {
    const checks = { partitions: fanout.ready(), nats: connection.connected };
    return { ok: checks.partitions && checks.nats, checks };
  };
  const health = closers.use(await startAdmin({ ...admin, registry, ready }));
  // First of all, while everything else still answers: the partitions go to others.
  closers.defer(async () => fanout[Symbol.asyncDispose]());
  process.stdout.write(`fanout ${holder}\nadmin ${health.url}\n`);
});
