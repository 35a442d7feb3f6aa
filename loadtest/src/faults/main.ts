import { writeFile } from "node:fs/promises";
import { type FaultOptions, readFaultOptions, usage } from "./options.ts";
import { type Ended, exitCodeOf, maxSecondsOf, runFault } from "./run.ts";
import { ON_SERVERS, SCENARIOS } from "./scenarios.ts";
import { faultTable } from "./table.ts";

/** A command line that says nothing we know. */
const WRONG_USE = 3;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

const inMinutes = (seconds: number): number => Math.ceil(seconds / 60);

async function main(args: readonly string[]): Promise<number> {
  let options: FaultOptions;
  try {
    options = readFaultOptions(args, SCENARIOS, ON_SERVERS);
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n\n${usage(SCENARIOS, ON_SERVERS)}`);
    return WRONG_USE;
  }
  const { scenarios, size, seed, json, minutes } = options;
  say(`seed ${seed}: --seed ${seed} draws the same lots again`);
  const once = scenarios.reduce((sum, { maxS }) => sum + maxS[size], 0);
  const most = maxSecondsOf(scenarios, size);
  say(`at most ${inMinutes(once)} min, and ${inMinutes(most)} if every scenario is void and run again`);
  const ended: Ended[] = [];
  for (const scenario of scenarios) {
    say(`${scenario.name}: at most ${scenario.maxS[size]} s`);
    const around = { env: process.env, say, seed, ...(minutes === undefined ? {} : { minutes }) };
    const one = await runFault(scenario, size, around);
    ended.push(one);
    // At once as well: whoever is ended before the table says at least this.
    for (const text of one.violations) say(`VIOLATION ${one.name}: ${text}`);
    say(`${one.name}: ${one.seconds.toFixed(0)} s, ${one.violations.length} violations`);
  }
  process.stdout.write(`${faultTable(ended)}\n`);
  if (json !== undefined) await writeFile(json, `${JSON.stringify(ended, null, 2)}\n`);
  return exitCodeOf(ended);
}

// So that what was started ends with us.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

process.exit(
  await main(process.argv.slice(2)).catch((error: unknown) => {
    say(error instanceof Error ? error.message : String(error));
    return 1;
  }),
);
