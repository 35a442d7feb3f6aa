import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { startBench } from "./bench.ts";

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
