import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { CASSANDRA_VERSION } from "../local/cassandra.ts";
import { addresses, PORTS } from "../local/docker.ts";
import { NATS_VERSION } from "../local/nats.ts";
import { REDIS_VERSION } from "../local/redis.ts";

type Service = {
  readonly image: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly ports: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck: { readonly test: readonly string[]; readonly retries: number };
};

const textOf = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");
const compose = parse(textOf("servers.yaml"), { merge: true }) as { readonly services: Record<string, Service> };
const services = Object.entries(compose.services);
const nats = services.filter(([name]) => name.startsWith("nats-"));

test("the images are the versions that are run without containers", () => {
  expect(services.map(([, { image }]) => image).sort()).toEqual(
    [
      `cassandra:${CASSANDRA_VERSION}`,
      ...Array.from({ length: 3 }, () => `nats:${NATS_VERSION}-alpine`),
      `redis:${REDIS_VERSION}`,
    ].sort(),
  );
});

test("every port is published on loopback only, by a variable that the start sets", () => {
  const published = services.flatMap(([, { ports }]) => ports);
  const variables = published.map((port) => /^127\.0\.0\.1:\$\{([A-Z0-9_]+):-\d+\}:\d+$/.exec(port)?.[1] ?? port);

  expect(variables.sort()).toEqual([...PORTS].sort());
  expect(new Set(published.map((port) => /:-(\d+)\}/.exec(port)?.[1])).size).toBe(published.length);
});

test("each service says when it is well, within bounds", () => {
  for (const [, { healthcheck }] of services) {
    expect(healthcheck.test[0]).toBe("CMD");
    expect(healthcheck.retries).toBeGreaterThan(0);
  }
});

test("the three nats-servers are one cluster that syncs each record, and tell clients no other addresses", () => {
  const conf = textOf("nats.conf");

  expect(nats.map(([, { command }]) => command?.at(-1))).toEqual(["n1", "n2", "n3"]);
  for (const [, { volumes, command }] of nats) {
    expect(volumes).toEqual(["./nats.conf:/etc/nats/guildhall.conf:ro"]);
    expect(command?.slice(0, 2)).toEqual(["-c", "/etc/nats/guildhall.conf"]);
  }
  for (const [name] of nats) expect(conf).toContain(`nats-route://${name}:6222`);
  expect(conf).toMatch(/sync_interval: always/);
  expect(conf).toMatch(/no_advertise: true/);
});

test("Cassandra syncs before it answers, and Redis keeps nothing", () => {
  expect(compose.services["cassandra"]?.entrypoint?.at(-1)).toMatch(/commitlog_sync: group.*group_window: 10ms.*exec/);
  expect(compose.services["redis"]?.command).toEqual(expect.arrayContaining(["--save", "", "--appendonly", "no"]));
});

test("the settings of containers are those of processes", () => {
  const ports = Object.fromEntries(PORTS.map((name, i) => [name, String(i + 1)])) as Record<
    (typeof PORTS)[number],
    string
  >;

  expect(addresses(ports)).toEqual({
    NATS_SERVERS: "127.0.0.1:1,127.0.0.1:2,127.0.0.1:3",
    NATS_MONITORS: "http://127.0.0.1:4,http://127.0.0.1:5,http://127.0.0.1:6",
    NATS_REPLICAS: "3",
    REDIS_URL: "redis://127.0.0.1:7",
    CASSANDRA_CONTACT_POINTS: "127.0.0.1:8",
    CASSANDRA_DATACENTER: "datacenter1",
  });
});
