import { readFileSync } from "node:fs";
import { Env } from "@guildhall/config";
import { natsConfig } from "@guildhall/nats";
import { redisConfig } from "@guildhall/presence/redis-settings";
import { cassandraConfig } from "@guildhall/store/cassandra-settings";
import { expect, test } from "vitest";

const all = (env: Env) => [natsConfig(env), cassandraConfig(env), redisConfig(env)];

test("the settings page has exactly the settings by which servers are reached, with their defaults", () => {
  const page = readFileSync(new URL("../../../docs/operate/settings.md", import.meta.url), "utf8");
  const [, part = ""] = page.split("\n## Servers of a cluster\n");
  const rows = [...part.matchAll(/^\| `(\w+)` \| `([^`]*)` \|/gm)].map(([, name = "", fallback = ""]) => [
    name,
    fallback,
  ]);
  const read = new Set<string>();
  const recording = new Proxy({} as Record<string, string>, {
    get: (_, name) => {
      read.add(String(name));
      return undefined;
    },
  });

  const byDefault = all(new Env(recording));
  const asDocumented = new Env(Object.fromEntries(rows));

  expect(rows.map(([name = ""]) => name).sort()).toEqual([...read].sort());
  expect(all(asDocumented)).toEqual(byDefault);
  expect(() => asDocumented.done()).not.toThrow();
});
