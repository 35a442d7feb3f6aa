import { natsBus } from "@guildhall/bus/nats";
import { Env } from "@guildhall/config";
import { AppError, run, systemClock } from "@guildhall/kernel";
import { connectNats } from "@guildhall/nats";
import { sidecarPermit } from "@guildhall/permit/sidecar";
import { redisPresence } from "@guildhall/presence/redis";
import type { Table } from "@guildhall/store";
import { cassandraStore } from "@guildhall/store/cassandra";
import { Registry, startAdmin } from "@guildhall/telemetry";
import { stdoutLog } from "@guildhall/telemetry/log";
import { TIMELINE, TIMELINE_BUCKETS } from "@guildhall/timeline";
import { createVerifier, type JSONWebKeySet } from "@guildhall/token";
import { startGateway } from "./gateway.ts";
import { gatewayProcessConfig } from "./process-config.ts";

const KEYS_TIMEOUT_MS = 5_000;

/** The public keys of access tokens, as the api lists them. */
async function keysAt(url: string): Promise<JSONWebKeySet> {
  const response = await fetch(url, { signal: AbortSignal.timeout(KEYS_TIMEOUT_MS) });
  if (!response.ok) throw new AppError("UNAVAILABLE", `${url} answered ${response.status}`);
  return (await response.json()) as JSONWebKeySet;
}

await run(async (closers) => {
  const env = new Env(process.env);
  const { gateway: config, nats, redis, cassandra, socketPath, keysUrl, admin } = gatewayProcessConfig(env);
  env.done();

  const log = stdoutLog("gateway");
  const clock = systemClock;
  const registry = new Registry();
  const connection = closers.use(await connectNats(nats, "gateway", (status) => log.warn("nats", { status })));
  const bus = closers.use(natsBus(connection, (error) => log.error("bus_handler", error)));
  const presence = closers.use(
    await redisPresence({ config: redis, clock, onError: (error) => log.error("redis", error) }),
  );
  const tables = [TIMELINE, TIMELINE_BUCKETS] as unknown as Table[];
  const store = closers.use(await cassandraStore({ config: cassandra, tables, changesSchema: false }));
  const permit = closers.use(sidecarPermit({ path: socketPath }));
  const keys = createVerifier(() => keysAt(keysUrl), clock);
  const gateway = closers.use(await startGateway(config, { bus, store, permit, presence, keys, clock, registry, log }));
  const ready = () => ({ ok: gateway.ready(), checks: { gateway: gateway.ready(), nats: connection.connected } });
  const health = closers.use(await startAdmin({ ...admin, registry, ready }));
  // First of all, while everything else still answers.
  closers.defer(() => gateway.drain());
  process.stdout.write(`websocket ${gateway.url}\nadmin ${health.url}\n`);
});
