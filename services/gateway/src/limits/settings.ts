import type { Env } from "@guildhall/config";
import type { Rate } from "./buckets.ts";
import type { GatewayLimits } from "./limits.ts";

const COUNT = { min: 0, max: 1_000_000 };
const BURST = { min: 1, max: 1_000_000 };

export const PROFILES = ["default", "loadtest"] as const;
export type Profile = (typeof PROFILES)[number];

/** The limits' settings. With the profile `loadtest` each is off unless it is set. */
export function limitSettings(env: Env, profile: Profile): GatewayLimits {
  const count = (name: string, fallback: number): number =>
    env.int(`GATEWAY_${name}`, profile === "loadtest" ? 0 : fallback, COUNT);
  const burst = (name: string, fallback: number): number => env.int(`GATEWAY_${name}_BURST`, fallback, BURST);
  const even = (name: string, fallback: number, perMs: number): Rate => {
    const most = count(name, fallback);
    return { count: most, perMs, burst: most };
  };
  return {
    frames: { count: count("FRAMES_PER_10_S", 60), perMs: 10_000, burst: burst("FRAMES", 60) },
    refusedPerMinute: count("FRAMES_REFUSED_PER_MINUTE", 10),
    sends: even("SENDS_PER_10_S", 10, 10_000),
    sendsInGroup: even("SENDS_IN_GROUP_PER_5_S", 5, 5_000),
    groupSends: even("GROUP_SENDS_PER_S", 500, 1_000),
    handshakes: { count: count("HANDSHAKES_PER_S", 20), perMs: 1_000, burst: burst("HANDSHAKES", 50) },
    // As many at once as a gateway may have dropped a moment ago: they return together.
    nodeHandshakes: {
      count: count("NODE_HANDSHAKES_PER_S", 500),
      perMs: 1_000,
      burst: burst("NODE_HANDSHAKES", 2_000),
    },
    silentPerAddress: count("SILENT_PER_ADDRESS", 50),
    silentMax: count("SILENT_MAX", 2_000),
    connectionsPerPerson: count("CONNECTIONS_PER_PERSON", 10),
  };
}
