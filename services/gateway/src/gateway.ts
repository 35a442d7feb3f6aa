import type { Bus } from "@guildhall/bus";
import { proxyTrust } from "@guildhall/config";
import { type Clock, Closers, type Service, sleep, toBase64Url } from "@guildhall/kernel";
import { ownerClient } from "@guildhall/owner";
import type { Permit } from "@guildhall/permit";
import type { Presence } from "@guildhall/presence";
import { LIMITS, SERVER_FRAME } from "@guildhall/proto/tables";
import type { Store } from "@guildhall/store";
import type { Registry } from "@guildhall/telemetry";
import type { Log } from "@guildhall/telemetry/log";
import { timelineReader } from "@guildhall/timeline";
import type { GatewayConfig } from "./config.ts";
import { Floors } from "./delivery/floors.ts";
import { Flusher } from "./delivery/flusher.ts";
import { HEADS_EVERY_MS, Heads } from "./delivery/heads.ts";
import { History } from "./delivery/history.ts";
import { Lanes } from "./delivery/lanes.ts";
import { Sight } from "./delivery/sight.ts";
import { Subscriptions } from "./delivery/subscriptions.ts";
import { CHECK_TIMEOUT_MS, DeviceChecks } from "./devices/checks.ts";
import { followRevocations } from "./devices/revocations.ts";
import { Vouching } from "./devices/vouching.ts";
import type { FrameNeeds, Keys } from "./frames/needs.ts";
import { leave, presentTtlMs } from "./frames/present.ts";
import { receive, receiveControl } from "./frames/receive.ts";
import { SessionSweep, SWEEP_TURN_MS, sweepSilent } from "./frames/sweep.ts";
import { Limits } from "./limits/limits.ts";
import { Ephemeral } from "./live/ephemeral.ts";
import { ONLINE_TURN_MS, Online } from "./live/online.ts";
import { Reading, TELL_EVERY_MS } from "./live/reading.ts";
import { deliveryLatency, type GatewayCounts, gatewayCounts, gatewayMetrics } from "./metrics.ts";
import { Session } from "./session/session.ts";
import { Sessions } from "./session/sessions.ts";
import { type Connections, listenForClients, type ServerOptions, type SocketServer } from "./socket/server.ts";

export type { Socket } from "./session/socket.ts";
export type { Connections, ServerOptions, SocketServer } from "./socket/server.ts";

/** How long an owner's answer is waited for: as long as an append may take to be known, and the way. */
const OWNER_TIMEOUT_MS = 8_000;
const SILENT_EVERY_MS = 250;
const LIMITS_EVERY_MS = 1_000;
const LANES_EVERY_MS = 250;
/** What a handshake is told to wait while the gateway drains, and how often the drain looks whether all have gone. */
const AWAY_MS = 1_000;
const DRAIN_EVERY_MS = 50;
/** The last client is told to go this long before the end, as a share of the whole, so that it has time to. */
const DRAIN_TAIL = 0.25;
const SID_BYTES = 16;

/** Takes connections and hands them to `connections`. */
export type Listen = <C>(options: ServerOptions, connections: Connections<C>) => Promise<SocketServer>;

export type GatewayPorts = {
  readonly bus: Bus;
  readonly store: Store;
  readonly permit: Permit;
  readonly presence: Presence;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly log: Log;
  /** In place of a port of this machine. */
  readonly listen?: Listen;
};

export type Gateway = Service & {
  readonly port: number;
  /** Where clients connect. */
  readonly url: string;
  /**
   * Sends the clients elsewhere: not ready from now on, refuses handshakes, tells every client when to go, and serves
   * those that are still here until `drainMs` are over; then they are closed with 4000. Resolves when all are gone.
   */
  drain(): Promise<void>;
  /** Takes connections and hears owners. */
  ready(): boolean;
  stats(): Readonly<GatewayCounts> & { readonly connections: number; readonly lanes: number };
};

/**
 * Holds clients' connections: checks what they ask, sends it to the owners, and delivers what owners
 * say has happened. Disposing drains it first.
 *
 * @throws AppError `UNAVAILABLE` when the port is taken or the certificate is of no use; `INTERNAL` when uWebSockets.js does not load.
 */
export async function startGateway(config: GatewayConfig, ports: GatewayPorts): Promise<Gateway> {
  const { clock } = ports;
  const closers = new Closers();
  const counts = gatewayCounts();
  const sessions = new Sessions();
  const { lanes, vouching, flusher, needs, failed } = compose(config, ports, sessions, counts);
  let draining: Promise<void> | undefined;
  try {
    closers.defer(() => {
      lanes.stop();
      vouching.stop();
      flusher.stop();
    });
    closers.defer(() => needs.ephemeral.stop());
    await Promise.all([lanes.start(), needs.ephemeral.start()]);
    closers.defer(() => needs.reading.flush());
    const { partitions } = config;
    const revocations = await followRevocations({ bus: ports.bus, partitions, sessions, counts, failed });
    closers.defer(() => revocations.forEach((subscription) => subscription.stop()));
    const server = closers.use(await listen(config, ports, needs, () => draining !== undefined));
    closers.defer(every(SILENT_EVERY_MS, () => sweepSilent(needs)));
    const sweep = new SessionSweep(needs);
    closers.defer(every(SWEEP_TURN_MS, () => sweep.turn()));
    closers.defer(every(LIMITS_EVERY_MS, () => needs.limits.sweep()));
    closers.defer(every(HEADS_EVERY_MS, () => needs.heads.turn()));
    closers.defer(every(ONLINE_TURN_MS, () => needs.online.turn()));
    closers.defer(every(TELL_EVERY_MS, () => needs.reading.turn()));
    closers.defer(every(LANES_EVERY_MS, () => lanes.sweep()));
    const drain = (): Promise<void> => {
      // With a shared port the system then gives new connections to the others; an own one goes on to answer them 503.
      if (draining === undefined && !config.exclusivePort) server.stopListening();
      draining ??= sendElsewhere(sessions, config.drainMs);
      return draining;
    };
    closers.defer(drain);
    ports.log.info("gateway_listening", { port: server.port });
    return {
      name: "gateway",
      port: server.port,
      url: `${config.tls === undefined ? "ws" : "wss"}://${config.host.includes(":") ? `[${config.host}]` : config.host}:${server.port}/ws`,
      drain,
      ready: () => draining === undefined && lanes.connected,
      stats: () => ({ ...counts, connections: sessions.size, lanes: lanes.size }),
      [Symbol.asyncDispose]: () => closers[Symbol.asyncDispose](),
    };
  } catch (error) {
    await closers[Symbol.asyncDispose]();
    throw error;
  }

  function every(ms: number, sweep: () => void): () => void {
    const timer = setInterval(() => {
      try {
        sweep();
      } catch (error) {
        ports.log.error("sweep_failed", error, { at: clock.nowMs() });
      }
    }, ms);
    timer.unref();
    return () => clearInterval(timer);
  }
}

function compose(config: GatewayConfig, ports: GatewayPorts, sessions: Sessions, counts: GatewayCounts) {
  const { bus, store, permit, clock, registry, log } = ports;
  const owner = ownerClient(bus, { partitions: config.partitions, timeoutMs: OWNER_TIMEOUT_MS });
  const timeline = timelineReader(store);
  const flusher = new Flusher(config.gatherMaxMs, clock, counts, deliveryLatency(registry));
  const heads = new Heads(clock, counts);
  const floors = new Floors(clock);
  const failed = (error: unknown, what: string) => log.error(what, error);
  const { checks, vouching } = watchSignIns(config, ports, sessions, counts);
  const lanes = new Lanes({
    bus,
    partitions: config.partitions,
    owner,
    timeline,
    flusher,
    heads,
    clock,
    vouching,
    sight: new Sight({ permit, sessions, flusher, failed }),
    counts,
    events: {
      removal: (lane, event) => subscriptions.removal(lane, event),
      moved: (lane, moved, have, why) => subscriptions.moved(lane, moved, have, why),
    },
    failed,
  });
  const stirred = (g: number) => online.stir(g);
  const ephemeral = new Ephemeral({ bus, partitions: config.partitions, lanes, sessions, counts, stirred, failed });
  const online = new Online({ ...ports, lanes, ephemeral, ttlMs: presentTtlMs(config), counts, failed });
  const subscriptions = new Subscriptions({
    lanes,
    floors,
    permit,
    owner,
    sessions,
    timeline,
    flusher,
    heads,
    online,
    counts,
    failed,
  });
  const history = new History({ lanes, floors, permit, owner, timeline, counts });
  const reading = new Reading({ ...ports, lanes, timeline, owner, ephemeral, counts, failed });
  const metrics = gatewayMetrics(registry, counts, {
    connections: () => sessions.size,
    silent: () => sessions.silentCount,
    lanes: () => lanes.size,
    unverified: () => lanes.unverified,
  });
  const needs: FrameNeeds = {
    ...ports,
    checks,
    config,
    limits: new Limits(config.limits, clock, metrics.rateLimited),
    sessions,
    lanes,
    floors,
    heads,
    ephemeral,
    online,
    reading,
    subscriptions,
    history,
    owner,
    counts,
    metrics,
  };
  return { lanes, vouching, flusher, needs, failed };
}

function watchSignIns(
  { partitions }: GatewayConfig,
  { bus, clock }: GatewayPorts,
  sessions: Sessions,
  counts: GatewayCounts,
) {
  const checks = new DeviceChecks(ownerClient(bus, { partitions, timeoutMs: CHECK_TIMEOUT_MS }), partitions, counts);
  return { checks, vouching: new Vouching({ partitions, sessions, checks, counts, clock }) };
}

function listen(
  config: GatewayConfig,
  ports: GatewayPorts,
  needs: FrameNeeds,
  draining: () => boolean,
): Promise<SocketServer> {
  /** However many addresses send the silent, somebody who has something to say comes in. */
  const makeRoom = (address: string): boolean => {
    const displaced = sessions.displaced(address);
    displaced?.bye("OVERLOAD");
    return displaced !== undefined;
  };
  const { sessions, subscriptions, limits, counts, metrics, clock, log } = needs;
  return (ports.listen ?? listenForClients)<Session>(
    {
      ...config,
      silentMaxMs: config.heartbeatMs + LIMITS.heartbeatGraceMs,
      handshake: metrics.handshake,
      trusts: proxyTrust(config.trustedProxies),
      admit: (address) =>
        draining()
          ? AWAY_MS
          : limits.handshake(address, sessions.silentFrom(address), sessions.silentCount, () => makeRoom(address)),
    },
    {
      opened(socket, encoding, address) {
        const sid = toBase64Url(crypto.getRandomValues(new Uint8Array(SID_BYTES)));
        const session = new Session(sid, socket, encoding, clock.monotonicMs(), counts);
        session.address = address;
        sessions.add(session);
        return session;
      },
      received: (session, bytes, binary) => receive(session, bytes, binary, needs),
      controlled: (session) => receiveControl(session, needs),
      drained: (session) => session.out.drained(),
      answered: (session, bytes) => session.out.answered(bytes),
      dropped: () => void counts.droppedFrames++,
      closed(session, code, broken) {
        if (broken !== undefined) metrics.violated(broken);
        session.out.closed();
        sessions.remove(session);
        subscriptions.leaveAll(session);
        leave(session, needs);
        metrics.closed(code);
      },
      failed: (error) => log.error("socket_failed", error),
    },
  );
}

/** Tells every client to reconnect within `drainMs`, each at a moment of its own, and then closes. */
async function sendElsewhere(sessions: Sessions, drainMs: number): Promise<void> {
  const spreadMs = drainMs * (1 - DRAIN_TAIL);
  for (const session of sessions.all()) {
    if (session.state !== "open") session.bye("DRAIN");
    else session.send({ t: SERVER_FRAME.go, ra: Math.floor(Math.random() * spreadMs), why: "drain" });
  }
  for (let leftMs = drainMs; leftMs > 0 && sessions.size > 0; leftMs -= DRAIN_EVERY_MS) {
    await sleep(Math.min(DRAIN_EVERY_MS, leftMs));
  }
  for (const session of sessions.all()) session.bye("DRAIN");
}
