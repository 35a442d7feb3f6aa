import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { dashboardFiles } from "./dashboards.ts";
import { DASHBOARDS } from "./panels.ts";

const at = (path: string): URL => new URL(`../../${path}`, import.meta.url);
const textOf = (path: string): string => readFileSync(at(path), "utf8");

/** Metrics that the page of metrics, which is held against what is exported, does not have. */
function unknownIn(expr: string): string[] {
  const rows = textOf("docs/operate/metrics.md").matchAll(/^\| `(guildhall_\w+)`/gm);
  const known = new Set([...rows].map(([, name]) => name));
  const names = expr.match(/\bguildhall_\w+/g) ?? ["no metric"];
  return names.filter((name) => !known.has(name) && !known.has(name.replace(/_(bucket|count|sum)$/, "")));
}

test("the dashboards are what the code makes, and there are no others", () => {
  const files = dashboardFiles();
  for (const [path, text] of files) expect(textOf(path)).toBe(text);
  const kept = readdirSync(at("deploy/grafana")).filter((name) => name.endsWith(".json"));
  expect(kept.sort()).toEqual(files.map(([path]) => path.replace("deploy/grafana/", "")).sort());
});

test("every expression names metrics that are exported", () => {
  const queries = DASHBOARDS.flatMap(({ panels }) => panels.flatMap((panel) => panel.queries));
  expect(queries.flatMap(({ expr }) => unknownIn(expr))).toEqual([]);
  expect(unknownIn("guildhall_gateway_made_up")).toEqual(["guildhall_gateway_made_up"]);
});
