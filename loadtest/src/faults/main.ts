import { writeFile } from "node:fs/promises";
import { type FaultOptions, readFaultOptions, usage } from "./options.ts";
import { type Ended, exitCodeOf, runFault } from "./run.ts";
import { SCENARIOS } from "./scenarios.ts";
import { faultTable } from "./table.ts";

/** A command line that says nothing we know. */
const WRONG_USE = 3;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(args: readonly string[]): Promise<number> {
  let options: FaultOptions;
  try {
    options = readFaultOptions(args, SCENARIOS);
  } catch (error) {
    say(`${error instanceof Error ? error.message : String(error)}\n\n${usage(SCENARIOS)}`);
    return WRONG_USE;
  }
  const { scenarios, size, seed, json } = options;
  say(`seed ${seed}: --seed ${seed} draws the same lots again`);
  const ended: Ended[] = [];
  for (const scenario of scenarios) {
    say(`${scenario.name}: at most ${scenario.maxS[size]} s`);
    ended.push(await runFault(scenario, size, { env: process.env, say, seed }));
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
