import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { ALERTS, RECORDED } from "./alerts.ts";
import { RULES_FILE, rulesFile } from "./rules.ts";

const PROMTOOL = process.env["PROMTOOL_PATH"];
/** Of Prometheus and of its client library for Node.js, beside those of ours. */
const FOREIGN: ReadonlySet<string> = new Set(["nodejs_eventloop_lag_p99_seconds"]);
const SECTIONS = ["Symptom", "Blast radius", "Checks", "Safe actions", "Forbidden actions", "Verify", "Follow-up"];

const at = (path: string): URL => new URL(`../../${path}`, import.meta.url);
const textOf = (path: string): string => readFileSync(at(path), "utf8");
const pages = readdirSync(at("docs/operate/runbooks")).map((name) => name.replace(/\.md$/, ""));

/** Metrics in a text that the page of metrics, which is held against what is exported, does not have. */
function unknownIn(text: string): string[] {
  const known = new Set(
    [...textOf("docs/operate/metrics.md").matchAll(/^\| `(guildhall_\w+)`/gm)].map(([, name]) => name),
  );
  const names = text.match(/\b(?:guildhall|nodejs)_\w+/g) ?? [];
  return names.filter(
    (name) => !known.has(name.replace(/_(bucket|count|sum)$/, "")) && !known.has(name) && !FOREIGN.has(name),
  );
}

test("the file of rules is what the code makes", () => {
  expect(textOf(RULES_FILE)).toBe(rulesFile());
});

test("expressions name only metrics that are exported", () => {
  expect([...ALERTS, ...RECORDED].flatMap(({ expr }) => unknownIn(expr))).toEqual([]);
  expect(unknownIn("guildhall_gateway_made_up")).toEqual(["guildhall_gateway_made_up"]);
});

test("every alert has its page, every page an alert, and every alert is tried", () => {
  expect([...new Set(ALERTS.map(({ runbook }) => runbook))].sort()).toEqual(pages.sort());
  const tried = textOf("deploy/prometheus/guildhall.rules.test.yaml");
  expect(ALERTS.map(({ name }) => name).filter((name) => !tried.includes(name))).toEqual([]);
});

test.each(pages)("the runbook %s has its sections, and commands and metrics that exist", (page) => {
  const text = textOf(`docs/operate/runbooks/${page}.md`);
  expect([...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title)).toEqual(SECTIONS);
  expect(unknownIn(text)).toEqual([]);
  const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Record<string, string> };
  for (const [, script = "", words = ""] of text.matchAll(/npm run (\w+)(?: -- ([a-z ]+))?/g)) {
    expect(scripts).toHaveProperty(script);
    if (script !== "guildhall") continue;
    const file = words.trim().replaceAll(" ", "-");
    expect([file, existsSync(at(`services/cli/src/commands/${file}.ts`))]).toEqual([file, true]);
  }
});

test.skipIf(PROMTOOL === undefined)(
  "the rules hold in promtool (needs PROMTOOL_PATH)",
  async () => {
    const run = (command: string, file: string) =>
      promisify(execFile)(PROMTOOL ?? "", [command, "rules", file], { cwd: at("deploy/prometheus"), timeout: 60_000 });

    expect((await run("check", "guildhall.rules.yaml")).stdout).toContain("SUCCESS");
    expect((await run("test", "guildhall.rules.test.yaml")).stdout).toContain("SUCCESS");
  },
  130_000,
);
