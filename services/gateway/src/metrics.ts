import { CLOSE_CODES, type ErrorCode } from "@guildhall/proto/tables";
import { metricsFor, type Registry } from "@guildhall/telemetry";
import type { DeliveryCounts } from "./delivery/flusher.ts";
import type { HeadCounts } from "./delivery/heads.ts";
import type { HistoryCounts } from "./delivery/history.ts";
import type { ResumeCounts } from "./delivery/joining.ts";
import type { LaneCounts } from "./delivery/lanes.ts";
import type { CheckCounts } from "./devices/checks.ts";
import type { RevocationCounts } from "./devices/revocations.ts";
import type { Scope } from "./limits/limits.ts";
import type { EphemeralCounts } from "./live/ephemeral.ts";
import type { OnlineCounts } from "./live/online.ts";
import type { ReadingCounts } from "./live/reading.ts";
import type { OutgoingCounts } from "./session/outgoing.ts";
import type { Broken } from "./socket/server.ts";

/** What hot paths count, in plain numbers. */
export type GatewayCounts = DeliveryCounts &
  ResumeCounts &
  LaneCounts &
  HistoryCounts &
  OutgoingCounts &
  CheckCounts &
  RevocationCounts &
  HeadCounts &
  EphemeralCounts &
  OnlineCounts &
  ReadingCounts & {
    violations: number;
    droppedFrames: number;
  };

/** What is read at the moment the metrics are. */
export type GatewayLevels = {
  readonly connections: () => number;
  readonly silent: () => number;
  readonly lanes: () => number;
  readonly unverified: () => number;
};

export type GatewayMetrics = ReturnType<typeof gatewayMetrics>;

/** Close codes that get a label of their own; what a client makes up does not. */
const CODES: ReadonlySet<number> = new Set([
  1000,
  1001,
  1005,
  1006,
  1009,
  ...Object.values(CLOSE_CODES).map(({ code }) => code),
]);

export function gatewayCounts(): GatewayCounts {
  return {
    deliveries: 0,
    frames: 0,
    bytes: 0,
    full: 0,
    gap: 0,
    received: 0,
    repeated: 0,
    stale: 0,
    beaconsLost: 0,
    openings: 0,
    openingsFailed: 0,
    holesFilled: 0,
    holesGivenUp: 0,
    historyReads: 0,
    historyShared: 0,
    slow: 0,
    revoked: 0,
    checksFailed: 0,
    heads: 0,
    headsSkipped: 0,
    ephemeral: 0,
    ephemeralSkipped: 0,
    presence: 0,
    presenceSkipped: 0,
    cursorsStored: 0,
    cursorsFailed: 0,
    droppedFrames: 0,
    violations: 0,
  };
}

/** Once a flush of a lane, whoever listens. */
export function deliveryLatency(registry: Registry): (seconds: number) => void {
  const help = "Event, from its owner's decision to the sockets: the oldest of what a lane is sent at once";
  const latency = metricsFor("gateway", registry).latency("delivery_seconds", help);
  return (seconds) => latency.observe(seconds);
}

/** Everything the gateway measures, but for `deliveryLatency`. */
export function gatewayMetrics(registry: Registry, counts: GatewayCounts, levels: GatewayLevels) {
  const metric = metricsFor("gateway", registry);
  const from = (name: string, help: string, key: keyof GatewayCounts) =>
    metric.counterFrom(name, help, () => counts[key]);
  metric.gaugeFrom("connections", "WebSocket connections open now", levels.connections);
  metric.gaugeFrom("silent_connections", "Of those, without an answered hello", levels.silent);
  metric.gaugeFrom("lanes", "Lanes held now", levels.lanes);
  metric.gaugeFrom("unverified_partitions", "Partitions whose beacons are lost", levels.unverified);
  from("deliveries_total", "Events times the sessions they were sent to", "deliveries");
  from("delivered_frames_total", "Event frames sent", "frames");
  from("delivered_bytes_total", "Bytes of event frames sent", "bytes");
  from("resumes_full_total", "Resumes answered without a gap", "full");
  from("resumes_gap_total", "Resumes answered with a gap", "gap");
  from("events_received_total", "Events taken from the bus for lanes that are held", "received");
  from("events_repeated_total", "Events that had already been applied", "repeated");
  from("news_stale_total", "Batches and beacons of a former owner, or out of order", "stale");
  from("beacons_lost_total", "Times a partition became unverified", "beaconsLost");
  from("openings_total", "Questions to owners for the state of a lane", "openings");
  from("openings_failed_total", "Of those, without a usable answer", "openingsFailed");
  from("holes_filled_total", "Holes in a lane that were filled from the store", "holesFilled");
  from("holes_given_up_total", "Holes that became a gap", "holesGivenUp");
  from("history_reads_total", "Reads of the store for pages of history", "historyReads");
  from("history_shared_total", "Pages of history that waited for an equal read under way", "historyShared");
  from("slow_closes_total", "Sessions closed because they read too slowly", "slow");
  from("dropped_frames_total", "Frames lost over the hard bound of a socket: a bug", "droppedFrames");
  from("revoked_closes_total", "Sessions closed because their sign-in had ended", "revoked");
  from("sign_in_checks_failed_total", "Checks of sign-ins that their owner did not answer", "checksFailed");
  from("heads_total", "Frames of heads sent to passive sessions", "heads");
  from("heads_skipped_total", "Times a head waited for a slow reader", "headsSkipped");
  from("ephemeral_total", "Frames of typing and of reading on other devices", "ephemeral");
  from("ephemeral_skipped_total", "Of those, left out for slow readers", "ephemeralSkipped");
  from("presence_total", "Frames that tell how many are present in a group", "presence");
  from("presence_skipped_total", "Of those, left out for slow readers", "presenceSkipped");
  from("cursors_stored_total", "Read cursors handed to their owners", "cursorsStored");
  from("cursors_failed_total", "Read cursors an owner did not take; retried where that helps", "cursorsFailed");
  const handshakes = metric.counter("handshakes_total", "WebSocket handshakes", ["result"]);
  const closes = metric.counter("closes_total", "WebSocket connections that ended", ["code"]);
  const commands = metric.latency("command_seconds", "Client command, from frame to answer", ["command", "outcome"]);
  const violations = metric.counter("protocol_violations_total", "Frames that could not be accepted", ["reason"]);
  const limited = metric.counter("rate_limited_total", "Refusals because of a limit", ["scope"]);
  return {
    rateLimited: (scope: Scope): void => limited.inc({ scope }),
    /** `reason`: an error of ours, or what the socket library hung up on. */
    violated(reason: ErrorCode | Broken): void {
      counts.violations++;
      violations.inc({ reason: reason.toLowerCase() });
    },
    handshake: (result: string): void => handshakes.inc({ result }),
    closed: (code: number): void => closes.inc({ code: CODES.has(code) ? String(code) : "other" }),
    /** `command`: a name of ours, never what a client sent. */
    commandDone(command: string, outcome: "ok" | ErrorCode, ms: number): void {
      commands.observe(ms / 1_000, command, outcome);
    },
  };
}
