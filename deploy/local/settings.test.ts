import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { SERVICES } from "./folder.ts";
import { redisUsers } from "./redis.ts";
import { Secrets, USERS } from "./secrets.ts";
import { serviceSettings, testSettings } from "./settings.ts";

const secrets = new Secrets("/s", "k", new Map());
const addresses = { NATS_SERVERS: "127.0.0.1:1" };

test("each service signs in at NATS as itself, and elsewhere only where it has business", () => {
  const logins = SERVICES.map((service) => {
    const { NATS_USER, NATS_PASSWORD_FILE, REDIS_USER, CASSANDRA_USER } = serviceSettings(addresses, secrets, service);
    return [NATS_USER, NATS_PASSWORD_FILE, REDIS_USER, CASSANDRA_USER];
  });

  expect(logins).toEqual([
    ["gateway", "/s/nats-gateway", "guildhall", "guildhall_reader"],
    ["fanout", "/s/nats-fanout", undefined, "guildhall"],
    ["permission", "/s/nats-permission", undefined, undefined],
    ["api", "/s/nats-api", "guildhall", undefined],
  ]);
});

test("without secrets everybody is told the addresses and nothing else", () => {
  expect(serviceSettings(addresses, undefined, "gateway")).toEqual(addresses);
  expect(testSettings(addresses, undefined)).toEqual(addresses);
});

test("every user of the settings is one the servers are given", () => {
  const all = [
    ...SERVICES.map((service) => serviceSettings(addresses, secrets, service)),
    testSettings(addresses, secrets),
  ];

  for (const { NATS_USER, REDIS_USER, CASSANDRA_USER } of all) {
    expect(USERS.nats).toContain(NATS_USER);
    if (REDIS_USER !== undefined) expect(USERS.redis).toContain(REDIS_USER);
    if (CASSANDRA_USER !== undefined) expect(USERS.cassandra).toContain(CASSANDRA_USER);
  }
});

test("the page has the users of Redis as they are made", () => {
  const page = readFileSync(new URL("../../docs/operate/subjects.md", import.meta.url), "utf8");
  const [nobody = "", services = ""] = redisUsers({ guildhall: "…", test: "…" }).split("\n");

  expect(page).toContain(`${nobody}\n${services}\n`);
});
