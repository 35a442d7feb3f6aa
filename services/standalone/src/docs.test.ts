import { readFileSync } from "node:fs";
import { Env } from "@guildhall/config";
import { expect, test } from "vitest";
import { standaloneConfig } from "./config.ts";

/** Rows of a Markdown table as cells, the head and the rule under it left out. */
function rowsOf(markdown: string): string[][] {
  return markdown
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .split("|")
        .map((cell) => cell.trim().replaceAll("`", ""))
        .slice(1, -1),
    );
}

test("the settings page has exactly the settings that are read, with defaults that change nothing", () => {
  const whole = readFileSync(new URL("../../../docs/operate/settings.md", import.meta.url), "utf8");
  const [page = ""] = whole.split("\n## Servers of a cluster\n");
  const documented = new Map(rowsOf(page).map(([name = "", fallback = ""]) => [name, fallback]));
  const read = new Set<string>();
  const recording = new Proxy({} as Record<string, string>, {
    get: (_, name) => {
      read.add(String(name));
      return undefined;
    },
  });

  const byDefault = standaloneConfig(new Env(recording));
  const asDocumented = standaloneConfig(new Env(Object.fromEntries(documented)));

  expect([...documented.keys()].sort()).toEqual([...read].sort());
  expect(asDocumented).toEqual(byDefault);
});
