import { Env } from "@guildhall/config";
import { expect, test } from "vitest";
import { apiConfig } from "./config.ts";

test("has defaults for everything", () => {
  const env = new Env({});

  const config = apiConfig(env);

  env.done();
  expect(config).toEqual({
    host: "127.0.0.1",
    port: 7080,
    partitions: 16,
    trustedProxies: [],
    signUps: { perMinute: 10, burst: 20 },
    signIns: { perMinute: 30, burst: 30 },
    refreshes: { perMinute: 600, burst: 1_200 },
    signInsPerName: { perMinute: 10, burst: 10 },
    deviceCalls: { perMinute: 600, burst: 600 },
    deviceCallsPerPerson: { perMinute: 30, burst: 30 },
  });
});

test("reads what is set, and names every mistake", () => {
  const set = apiConfig(new Env({ API_TRUST_PROXY: "10.0.0.0/8, ::1", API_SIGNUPS_PER_MINUTE: "5000" }));
  const wrong = new Env({ API_PORT: "70000", PARTITIONS: "x" });

  apiConfig(wrong);

  expect(set.trustedProxies).toEqual(["10.0.0.0/8", "::1"]);
  expect(set.signUps.perMinute).toBe(5_000);
  expect(() => wrong.done()).toThrow(/API_PORT[\s\S]*PARTITIONS/);
});
