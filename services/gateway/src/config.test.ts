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
    exclusivePort: false,
    gatherMaxMs: 2,
    heartbeatMs: 25_000,
    drainMs: 1_000,
  });
});

test("origins are a list; every mistake is named", () => {
  const origins = "https://a.example, https://b.example:8443,";
  const env = new Env({ GATEWAY_ORIGINS: origins, GATEWAY_PORT: "70000", PARTITIONS: "none" });

  const config = gatewayConfig(env);

  expect(config.origins).toEqual(["https://a.example", "https://b.example:8443"]);
  expect(() => env.done()).toThrow(/GATEWAY_PORT[\s\S]*PARTITIONS/);
});
