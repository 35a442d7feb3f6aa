import { readFileSync } from "node:fs";
import { apiProcessConfig } from "@guildhall/api/process-config";
import { Env } from "@guildhall/config";
import { fanoutProcessConfig } from "@guildhall/fanout/process-config";
import { gatewayProcessConfig } from "@guildhall/gateway/process-config";
import { permissionProcessConfig } from "@guildhall/permission/process-config";
import { expect, test } from "vitest";
import { standaloneConfig } from "./config.ts";

/** Who reads settings: `npm start`, and the processes of a cluster by their names in the table. */
const READERS: Readonly<Record<string, (env: Env) => unknown>> = {
  standalone: standaloneConfig,
  gateway: gatewayProcessConfig,
  fanout: fanoutProcessConfig,
  permission: permissionProcessConfig,
  api: apiProcessConfig,
};

const page = readFileSync(new URL("../../../docs/operate/settings.md", import.meta.url), "utf8");
const [embedded = "", cluster = ""] = page.split("## Processes of a cluster");

/** Rows of Markdown tables as cells, the heads and the rules under them left out. */
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

/** Settings that a process reads with nothing set. */
function readBy(config: (env: Env) => unknown): Set<string> {
  const read = new Set<string>();
  const recording = new Proxy({} as Record<string, string>, {
    get: (_, name) => {
      read.add(String(name));
      return undefined;
    },
  });
  config(new Env(recording));
  return read;
}

test("the settings page has exactly the settings that are read", () => {
  const inEmbedded = rowsOf(embedded).map(([name = ""]) => name);
  const inCluster = rowsOf(cluster).map(([name = ""]) => name);
  const all = Object.values(READERS).flatMap((config) => [...readBy(config)]);

  expect(inEmbedded.sort()).toEqual([...readBy(standaloneConfig)].sort());
  expect([...inEmbedded, ...inCluster].sort()).toEqual([...new Set(all)].sort());
});

test.each(Object.entries(READERS))("the documented defaults are those of %s", (_, config) => {
  const documented = [...rowsOf(embedded), ...rowsOf(cluster)].map(([name = "", value = ""]) => [name, value]);

  const asDocumented = config(new Env(Object.fromEntries(documented)));

  expect(asDocumented).toEqual(config(new Env({})));
});

test.each(rowsOf(cluster))("%s is read by who is said to", (name = "", _default = "", _what = "", readers = "") => {
  const processes = ["gateway", "fanout", "permission", "api"];
  const said = processes.filter((one) => readers === "all" || readers.split(", ").includes(one));

  expect(Object.keys(READERS).filter((one) => readBy(READERS[one] ?? standaloneConfig).has(name))).toEqual(said);
});
