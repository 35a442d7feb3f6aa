import type { Clock } from "@guildhall/kernel";
import type { OwnerClient } from "@guildhall/owner";
import type { Permit } from "@guildhall/permit";
import type { Presence } from "@guildhall/presence";
import type { Log } from "@guildhall/telemetry/log";
import type { AccessClaims } from "@guildhall/token";
import type { GatewayConfig } from "../config.ts";
import type { Floors } from "../delivery/floors.ts";
import type { Heads } from "../delivery/heads.ts";
import type { History } from "../delivery/history.ts";
import type { Lanes } from "../delivery/lanes.ts";
import type { Subscriptions } from "../delivery/subscriptions.ts";
import type { DeviceChecks } from "../devices/checks.ts";
import type { Limits } from "../limits/limits.ts";
import type { Ephemeral } from "../live/ephemeral.ts";
import type { Online } from "../live/online.ts";
import type { Reading } from "../live/reading.ts";
import type { GatewayCounts, GatewayMetrics } from "../metrics.ts";
import type { Sessions } from "../session/sessions.ts";

/** Tells who a token speaks for. @throws AppError `UNAUTHENTICATED`, `TOKEN_EXPIRED`. */
export type Keys = { verify(token: string): Promise<AccessClaims> };

/** What carrying out a client's frame takes. */
export type FrameNeeds = {
  readonly config: GatewayConfig;
  readonly sessions: Sessions;
  readonly limits: Limits;
  readonly lanes: Lanes;
  readonly floors: Floors;
  readonly heads: Heads;
  readonly subscriptions: Subscriptions;
  readonly ephemeral: Ephemeral;
  readonly online: Online;
  readonly reading: Reading;
  readonly history: History;
  readonly owner: OwnerClient;
  readonly permit: Permit;
  readonly presence: Presence;
  readonly keys: Keys;
  readonly checks: Pick<DeviceChecks, "live">;
  readonly clock: Clock;
  readonly counts: GatewayCounts;
  readonly metrics: GatewayMetrics;
  readonly log: Log;
};

/** What a handler returns when it has written the answer itself. */
export const ANSWERED = Symbol("answered");
