import { readFileSync } from "node:fs";
import { Env } from "@guildhall/config";
import { expect, test } from "vitest";
import { fanoutProcessConfig } from "./process-config.ts";

test("the page on partitions has exactly the settings that a fanout reads, with their defaults", () => {
  const page = readFileSync(new URL("../../../docs/operate/partitions.md", import.meta.url), "utf8");
  const documented = new Map<string, string>();
  for (const [, name = "", fallback = ""] of page.matchAll(/^\| `(\w+)` \| `([^`]+)` \|/gm))
    documented.set(name, fallback);
  const read = new Set<string>();
  const recording = new Proxy({} as Record<string, string>, {
    get: (_, name) => {
      read.add(String(name));
      return undefined;
    },
  });

  const byDefault = fanoutProcessConfig(new Env(recording));
  const asDocumented = fanoutProcessConfig(new Env(Object.fromEntries(documented)));

  // Looked at only where the host is open to others.
  read.add("ADMIN_INSECURE");
  expect([...documented.keys()].sort()).toEqual([...read].sort());
  expect(asDocumented).toEqual(byDefault);
});
