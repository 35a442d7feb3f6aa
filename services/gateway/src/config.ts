import { type Env, listenHost, proxyList } from "@guildhall/config";
import { LIMITS } from "@guildhall/proto/tables";
import type { GatewayLimits } from "./limits/limits.ts";
import { limitSettings, PROFILES, type Profile } from "./limits/settings.ts";
import type { TlsFiles } from "./socket/tls.ts";

export type GatewayConfig = {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** How many partitions the installation has. */
  readonly partitions: number;
  /** Exact origins that may connect from a browser; the word `loopback` stands for every loopback origin. */
  readonly origins: readonly string[];
  /** With it clients connect by `wss`. */
  readonly tls: TlsFiles | undefined;
  /** Addresses or networks of proxies whose `X-Forwarded-For` is believed; none by default. */
  readonly trustedProxies: readonly string[];
  /** A taken port is an error. Without it several processes share one port. */
  readonly exclusivePort: boolean;
  /** Under load a lane is flushed at most once in this time. */
  readonly gatherMaxMs: number;
  readonly heartbeatMs: number;
  /** How long clients are given to go elsewhere before their sockets are closed. */
  readonly drainMs: number;
  /** `loadtest` lifts every limit that is not set. */
  readonly profile: Profile;
  readonly limits: GatewayLimits;
};

/** The gateway's settings. */
export function gatewayConfig(env: Env): GatewayConfig {
  const profile = env.choice("GUILDHALL_PROFILE", PROFILES, "default");
  const tls = tlsFiles(env);
  return {
    host: listenHost(env, "GATEWAY", tls !== undefined),
    port: env.int("GATEWAY_PORT", 7000, { min: 0, max: 65_535 }),
    partitions: env.int("PARTITIONS", 16, { min: 1, max: 1_024 }),
    origins: env.list("GATEWAY_ORIGINS", "loopback"),
    tls,
    trustedProxies: proxyList(env, "GATEWAY_TRUST_PROXY"),
    exclusivePort: env.flag("GATEWAY_EXCLUSIVE_PORT", false),
    gatherMaxMs: env.int("GATEWAY_GATHER_MAX_MS", 2, { min: 0, max: 100 }),
    heartbeatMs: env.int("GATEWAY_HEARTBEAT_MS", LIMITS.heartbeatMs, { min: 100, max: 120_000 }),
    drainMs: env.int("GATEWAY_DRAIN_MS", 1_000, { min: 0, max: 60_000 }),
    profile,
    limits: limitSettings(env, profile),
  };
}

function tlsFiles(env: Env): TlsFiles | undefined {
  const certFile = env.optional("GATEWAY_TLS_CERT");
  const keyFile = env.optional("GATEWAY_TLS_KEY");
  if (certFile !== undefined && keyFile !== undefined) return { certFile, keyFile };
  if (certFile !== keyFile) env.mistake("GATEWAY_TLS_CERT and GATEWAY_TLS_KEY are set together or not at all");
  return undefined;
}
