import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { startBench } from "./bench.ts";
import { WANTED } from "./wanted-metrics.ts";

test("the metrics page has exactly the metrics that are exported, with their words", async () => {
  const page = readFileSync(new URL("../../../docs/operate/metrics.md", import.meta.url), "utf8");
  const documented = new Map<string, string>();
  for (const [, name = "", words = ""] of page.matchAll(/^\| `(guildhall_\w+)` \|.*\| ([^|]+) \|$/gm))
    documented.set(name, words.trim());
  const { server } = await startBench();

  const exported = await (await fetch(`${server.http}/metrics`)).text();

  const helps = new Map<string, string>();
  for (const [, name = "", words = ""] of exported.matchAll(/^# HELP (guildhall_\w+) (.*)$/gm)) helps.set(name, words);
  expect(documented).toEqual(helps);
});

test("what operators must see is exported, and no label names a person, a group or an address", async () => {
  const { server } = await startBench();

  const exported = await (await fetch(`${server.http}/metrics`)).text();

  const names = new Set([...exported.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name));
  const missing = Object.values(WANTED).flatMap((wanted) =>
    "why" in wanted ? [] : wanted.filter((name) => !names.has(name)),
  );
  expect(missing).toEqual([]);
  const labels = new Set([...exported.matchAll(/[{,](\w+)="/g)].map(([, label = ""]) => label));
  for (const label of ["u", "g", "person", "user", "group", "name", "address", "ip", "dev"])
    expect(labels).not.toContain(label);
});
