import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { clusterConfig, secretsOf } from "./settings.ts";

test("the pages name every setting that is read", () => {
  const read = new Set<string>();
  const recording = new Proxy({} as Record<string, string>, {
    get: (_, name) => {
      read.add(String(name));
      return undefined;
    },
  });
  const page = readFileSync(new URL("../../../../docs/operate/doctor.md", import.meta.url), "utf8");

  clusterConfig(recording);

  const families = ["NATS_", "CASSANDRA_", "REDIS_"];
  expect(
    [...read].filter((name) => !page.includes(`\`${name}\``) && !families.some((one) => name.startsWith(one))),
  ).toEqual([]);
  for (const name of ["NATS_REPLICAS", "NATS_MONITORS"]) {
    expect(read).toContain(name);
    expect(page).toContain(`| \`${name}\` |`);
  }
});

test("mistakes are named all together, and a monitor with a password in it is one", () => {
  const mistaken = { NATS_REPLICAS: "6", NATS_MONITORS: "http://u:p@h:1", CASSANDRA_KEYSPACE: "No" };

  expect(() => clusterConfig(mistaken)).toThrow(/NATS_REPLICAS.*CASSANDRA_KEYSPACE.*NATS_MONITORS must be/s);
  expect(secretsOf(clusterConfig({}))).toEqual([]);
});
