import { Env } from "@guildhall/config";
import { expect, test } from "vitest";
import { gatewayConfig } from "./config.ts";

test("without settings it is the loopback default", () => {
  const env = new Env({});

  const config = gatewayConfig(env);

  expect(() => env.done()).not.toThrow();
  expect(config).toEqual({
    host: "127.0.0.1",
    port: 7000,
    partitions: 16,
    origins: ["loopback"],
    tls: undefined,
    trustedProxies: [],
    exclusivePort: false,
    gatherMaxMs: 2,
    heartbeatMs: 25_000,
    drainMs: 1_000,
    profile: "default",
    limits: {
      frames: { count: 60, perMs: 10_000, burst: 60 },
      refusedPerMinute: 10,
      sends: { count: 10, perMs: 10_000, burst: 10 },
      sendsInGroup: { count: 5, perMs: 5_000, burst: 5 },
      groupSends: { count: 500, perMs: 1_000, burst: 500 },
      handshakes: { count: 20, perMs: 1_000, burst: 50 },
      nodeHandshakes: { count: 500, perMs: 1_000, burst: 2_000 },
      silentPerAddress: 50,
      silentMax: 2_000,
      connectionsPerPerson: 10,
    },
  });
});

test("origins are a list; every mistake is named", () => {
  const origins = "https://a.example, https://b.example:8443,";
  const env = new Env({ GATEWAY_ORIGINS: origins, GATEWAY_PORT: "70000", PARTITIONS: "none" });

  const config = gatewayConfig(env);

  expect(config.origins).toEqual(["https://a.example", "https://b.example:8443"]);
  expect(() => env.done()).toThrow(/GATEWAY_PORT[\s\S]*PARTITIONS/);
});

test("the profile for load tests lifts every limit but those that are set", () => {
  const env = new Env({ GUILDHALL_PROFILE: "loadtest", GATEWAY_SENDS_PER_10_S: "7" });

  const { limits } = gatewayConfig(env);

  expect(() => env.done()).not.toThrow();
  expect(limits).toMatchObject({ frames: { count: 0 }, sendsInGroup: { count: 0 }, groupSends: { count: 0 } });
  expect(limits).toMatchObject({
    handshakes: { count: 0 },
    nodeHandshakes: { count: 0 },
    silentPerAddress: 0,
    silentMax: 0,
  });
  expect(limits).toMatchObject({ refusedPerMinute: 0, connectionsPerPerson: 0, sends: { count: 7, burst: 7 } });
});

test("a profile there is none of is a mistake", () => {
  const env = new Env({ GUILDHALL_PROFILE: "fast" });

  gatewayConfig(env);

  expect(() => env.done()).toThrow("GUILDHALL_PROFILE must be default or loadtest");
});

test("a certificate without its key is a mistake; with it any host will do", () => {
  const half = new Env({ GATEWAY_TLS_CERT: "cert.pem" });
  const whole = new Env({ GATEWAY_TLS_CERT: "cert.pem", GATEWAY_TLS_KEY: "key.pem", GATEWAY_HOST: "0.0.0.0" });
  const plain = new Env({ GATEWAY_HOST: "0.0.0.0" });

  gatewayConfig(half);
  const { tls } = gatewayConfig(whole);
  gatewayConfig(plain);

  expect(() => half.done()).toThrow("GATEWAY_TLS_CERT and GATEWAY_TLS_KEY are set together");
  expect(tls).toEqual({ certFile: "cert.pem", keyFile: "key.pem" });
  expect(() => whole.done()).not.toThrow();
  expect(() => plain.done()).toThrow("GATEWAY_INSECURE=1");
});
