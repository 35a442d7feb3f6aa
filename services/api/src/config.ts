import { type Env, listenHost, proxyList } from "@guildhall/config";

/** So many in a minute, and `burst` at once. */
export type PerMinute = { readonly perMinute: number; readonly burst: number };

export type ApiConfig = {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  /** How many partitions the installation has. */
  readonly partitions: number;
  /** Addresses or networks of proxies whose `X-Forwarded-For` is believed; none by default. */
  readonly trustedProxies: readonly string[];
  /** Of one address. */
  readonly signUps: PerMinute;
  readonly signIns: PerMinute;
  readonly refreshes: PerMinute;
  /** Of one user name, from anywhere. */
  readonly signInsPerName: PerMinute;
  /** Listing and ending of sign-ins, of one address and of one person. */
  readonly deviceCalls: PerMinute;
  readonly deviceCallsPerPerson: PerMinute;
};

const RATE = { min: 1, max: 1_000_000 };

/** The api's settings. */
export function apiConfig(env: Env): ApiConfig {
  const rate = (name: string, perMinute: number, burst: number): PerMinute => ({
    perMinute: env.int(`API_${name}_PER_MINUTE`, perMinute, RATE),
    burst: env.int(`API_${name}_BURST`, burst, RATE),
  });
  return {
    host: listenHost(env, "API", false),
    port: env.int("API_PORT", 7080, { min: 0, max: 65_535 }),
    partitions: env.int("PARTITIONS", 16, { min: 1, max: 1_024 }),
    trustedProxies: proxyList(env, "API_TRUST_PROXY"),
    signUps: rate("SIGNUPS", 10, 20),
    signIns: rate("SIGNINS", 30, 30),
    refreshes: rate("REFRESHES", 600, 1_200),
    signInsPerName: rate("SIGNINS_PER_NAME", 10, 10),
    deviceCalls: rate("DEVICE_CALLS", 600, 600),
    deviceCallsPerPerson: rate("DEVICE_CALLS_PER_PERSON", 30, 30),
  };
}
