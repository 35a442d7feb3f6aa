import { readFile } from "node:fs/promises";
import { type ReadyState, startApi } from "@guildhall/api";
import { fileOperator } from "@guildhall/api/operator";
import { memoryBus } from "@guildhall/bus/memory";
import { FANOUT_TABLES, startFanout } from "@guildhall/fanout";
import { startGateway } from "@guildhall/gateway";
import { writePrivate } from "@guildhall/installation";
import type { Journal } from "@guildhall/journal";
import { lmdbJournal } from "@guildhall/journal/lmdb";
import { AppError, type Clock, Closers, type Service, sleep, systemClock } from "@guildhall/kernel";
import { MemoryLeases } from "@guildhall/lease/memory";
import { startPermission } from "@guildhall/permission";
import { memoryPresence } from "@guildhall/presence/memory";
import type { Store } from "@guildhall/store";
import { lmdbStore } from "@guildhall/store/lmdb";
import { Registry } from "@guildhall/telemetry";
import type { Log } from "@guildhall/telemetry/log";
import { createSigner, createVerifier, generateSigningKey, type JWK } from "@guildhall/token";
import type { StandaloneConfig } from "./config.ts";
import { type DataFolder, openDataFolder } from "./data-folder.ts";
import { beginAnewIfRestored } from "./restored.ts";

/** A start that is not ready after this long has failed. */
const READY_MAX_MS = 30_000;
const READY_EVERY_MS = 10;

export type StandalonePorts = {
  readonly log: Log;
  readonly clock?: Clock;
  /** The process cannot go on: journal or store no longer answers for what it was told to keep. Must end it. */
  readonly onBroken: (error: unknown) => void;
};

export type Standalone = Service & {
  readonly http: string;
  readonly websocket: string;
  /** The one-time code, while there is no operator. */
  readonly operatorCode: string | undefined;
};

/** Every service in one process, joined by the same ports that join them across machines. */
export async function startStandalone(config: StandaloneConfig, ports: StandalonePorts): Promise<Standalone> {
  const closers = new Closers();
  try {
    return await compose(config, ports, closers);
  } catch (error) {
    await closers[Symbol.asyncDispose]();
    throw error;
  }
}

async function compose(config: StandaloneConfig, ports: StandalonePorts, closers: Closers): Promise<Standalone> {
  const { log, clock = systemClock } = ports;
  const folder = closers.use(await openDataFolder(config.dataPath, config.partitions));
  if (folder.migrated !== undefined) log.info("data_migrated", folder.migrated);
  const { journal, store } = await openAdapters(config, folder, ports, closers);
  if (await beginAnewIfRestored(folder, config.partitions, { journal, store })) log.info("epochs_begun", {});
  const bus = closers.use(memoryBus((error) => log.error("bus_handler", error)));
  const presence = closers.use(memoryPresence(clock));
  const registry = new Registry();
  const signer = createSigner(await signingKey(folder), clock);
  const verifier = createVerifier(async () => signer.jwks(), clock);

  const started = new Closers();
  closers.defer(() => started[Symbol.asyncDispose]());
  // Listeners first: so they hear the owners' first beacon and need not wait for the second.
  const permission = await startPermission(config.permission, { bus, clock, registry, log });
  started.use(permission);
  const { permit } = permission;
  const gateway = await startGateway(config.gateway, {
    bus,
    store,
    permit,
    presence,
    keys: verifier,
    clock,
    registry,
    log,
  });
  started.use(gateway);
  // The data folder is locked: there is nobody to share the partitions with.
  const leases = closers.use(new MemoryLeases(clock).as("standalone"));
  const fanout = await startFanout(config.fanout, { journal, store, bus, leases, clock, registry, log });
  // Closed after those who ask it: what is under way is answered.
  closers.use(fanout);
  closers.defer(() => started[Symbol.asyncDispose]());
  const ready = (): ReadyState => {
    const checks = { fanout: fanout.ready(), gateway: gateway.ready() };
    return { ok: checks.fanout && checks.gateway, checks };
  };
  const operator = fileOperator({ path: folder.file("operator.json"), clock });
  const api = closers.use(
    await startApi(config.api, {
      bus,
      presence,
      registry,
      log,
      clock,
      operator,
      keys: { signer, jwks: () => signer.jwks() },
      ready: async () => ready(),
    }),
  );
  // First of all, while the api still answers: that this is not ready any more, and renewals of tokens.
  closers.defer(() => gateway.drain());

  await untilReady(ready);
  return {
    name: "standalone",
    http: api.url,
    websocket: gateway.url,
    operatorCode: operator.code(),
    [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
  };
}

/** Owners and gateway find each other by the first beacon, twice a second. @throws AppError `UNAVAILABLE` after READY_MAX_MS. */
async function untilReady(ready: () => ReadyState): Promise<void> {
  for (let waitedMs = 0; !ready().ok; waitedMs += READY_EVERY_MS) {
    if (waitedMs >= READY_MAX_MS) throw new AppError("UNAVAILABLE", `not ready: ${JSON.stringify(ready().checks)}`);
    await sleep(READY_EVERY_MS);
  }
}

async function openAdapters(
  { journalMaxBytes }: StandaloneConfig,
  folder: DataFolder,
  { onBroken }: StandalonePorts,
  closers: Closers,
): Promise<{ journal: Journal; store: Store }> {
  const store = closers.use(await lmdbStore({ path: folder.file("store"), tables: FANOUT_TABLES, onBroken }));
  const journal = closers.use(await lmdbJournal({ path: folder.file("journal"), maxBytes: journalMaxBytes, onBroken }));
  return { journal, store };
}

/** The key that access tokens are signed with; made at the first start. */
async function signingKey(folder: DataFolder): Promise<JWK> {
  const file = folder.file("token-key.json");
  const found = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (found !== undefined) return JSON.parse(found) as JWK;
  const key = await generateSigningKey();
  await writePrivate(file, JSON.stringify(key));
  return key;
}
