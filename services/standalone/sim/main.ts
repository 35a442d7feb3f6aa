import { parseArgs } from "node:util";
import type { Seeded } from "@guildhall/kernel/seeded";
import { RARE_RULES, RULES, type RuleFound, runRules } from "./rules.ts";
import { neverMet, runSeeds, type Summary } from "./seeds.ts";

const USAGE = `node --conditions=seeded --conditions=source --import tsx services/standalone/sim/main.ts
  --seeds <n>          so many seeds, from --from (1) on
  --minutes <n>        after so long no more seeds are begun
  --seed <n>           one seed; with --trace it tells everything that happens
  --without <rule>     with one rule switched off; a failure is then what is looked for
  --rules <n>          each rule switched off, until a seed fails, in at most n seeds each
  --situations         also fails when some situation never happened
The last line of the output is JSON.
`;

type Report = Partial<Summary> & {
  readonly violations: readonly string[];
  readonly cpuS: number;
  readonly rules: readonly RuleFound[];
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

type Order = {
  readonly count: number;
  readonly from: number;
  readonly rules: number;
  readonly minutes: number;
  readonly without: Seeded | undefined;
  readonly situations: boolean;
  readonly trace: boolean;
};

/** What the command line asks for; undefined where that is nothing, or cannot be. */
function order(): Order | undefined {
  const text = { type: "string" } as const;
  const flag = { type: "boolean", default: false } as const;
  const { values } = parseArgs({
    options: {
      seeds: text,
      seed: text,
      from: text,
      minutes: text,
      without: text,
      rules: text,
      situations: flag,
      trace: flag,
    },
  });
  const { seed, situations, trace } = values;
  const without = [...RULES, ...RARE_RULES].find((rule) => rule === values.without);
  const count = Number(values.seeds ?? (seed === undefined ? 0 : 1));
  const from = Number(seed ?? values.from ?? 1);
  const rules = Number(values.rules ?? 0);
  const minutes = Number(values.minutes ?? Number.POSITIVE_INFINITY);
  if (![count, from, rules].every(Number.isSafeInteger) || count + rules === 0 || !(minutes > 0)) return undefined;
  if (values.without !== undefined && without === undefined) return undefined;
  return { count, from, rules, minutes, without, situations, trace };
}

async function run({ count, from, rules, minutes, without, situations, trace }: Order): Promise<Report> {
  // Refusals are made by the thousand, and nobody reads where.
  if (!trace) Error.stackTraceLimit = 3;
  const before = process.cpuUsage();
  const options = {
    from,
    count,
    minutes,
    ...(without === undefined ? {} : { without }),
    ...(trace ? { tell: say } : {}),
  };
  const seeds = count === 0 ? undefined : await runSeeds(options);
  const found = rules === 0 ? [] : await runRules(rules, say);
  const never = situations && seeds !== undefined ? neverMet(seeds) : [];
  const missed = found.filter(({ seed }) => seed === undefined);
  const { user, system } = process.cpuUsage(before);
  return {
    ...seeds,
    violations: [
      ...(seeds?.violations ?? []),
      ...never.map((name) => `no seed met: ${name}`),
      ...missed.map(({ rule, seeds: tried }) => `${rule} switched off was not found in ${tried} seeds`),
    ],
    cpuS: (user + system) / 1e6,
    rules: found,
  };
}

async function main(): Promise<number> {
  const ordered = order();
  if (ordered === undefined) {
    say(`${USAGE}rules: ${[...RULES, ...RARE_RULES].join(", ")}`);
    return 2;
  }
  const report = await run(ordered);
  for (const violation of report.violations) say(violation);
  say(JSON.stringify(report));
  return report.violations.length === 0 ? 0 : 1;
}

process.exit(await main());
