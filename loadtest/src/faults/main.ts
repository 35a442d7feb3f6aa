import { writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { type Ended, proves, runFault } from "./run.ts";
import { SCENARIOS } from "./scenarios.ts";
import { faultTable } from "./table.ts";

const USAGE = `npm run faults -- all | <scenario>… [--quick] [--json <file>]

${SCENARIOS.map(({ name, about }) => `  ${name.padEnd(16)} ${about}`).join("\n")}
`;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { quick: { type: "boolean" }, json: { type: "string" } },
    allowPositionals: true,
  });
  const unknown = positionals.filter((name) => name !== "all" && !SCENARIOS.some((one) => one.name === name));
  if (positionals.length === 0 || unknown.length > 0) {
    say(unknown.length > 0 ? `there is no scenario ${unknown.join(", ")}\n\n${USAGE}` : USAGE);
    return 2;
  }
  const size = values.quick === true ? "quick" : "full";
  const ended: Ended[] = [];
  for (const scenario of SCENARIOS) {
    if (!positionals.includes("all") && !positionals.includes(scenario.name)) continue;
    say(`${scenario.name}: at most ${scenario.maxS[size]} s`);
    ended.push(await runFault(scenario, size, { env: process.env, say }));
  }
  process.stdout.write(`${faultTable(ended)}\n`);
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(ended, null, 2)}\n`);
  return ended.every(proves) ? 0 : 1;
}

process.exit(
  await main().catch((error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    return 2;
  }),
);
