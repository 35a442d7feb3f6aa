import { parseArgs } from "node:util";
import { drawSeed } from "./random.ts";
import type { FaultScenario, Size } from "./scenario.ts";

export type FaultOptions = {
  /** In the order of the list, each once. */
  readonly scenarios: readonly FaultScenario[];
  readonly size: Size;
  readonly seed: number;
  readonly json: string | undefined;
  /** How long a scenario of many parts begins new ones; as long as they last where absent. */
  readonly minutes: number | undefined;
};

/** How it is called, with every scenario. */
export function usage(all: readonly FaultScenario[], onServers: readonly FaultScenario[]): string {
  const rows = (some: readonly FaultScenario[]) =>
    some.map(({ name, about }) => `  ${name.padEnd(16)} ${about}\n`).join("");
  return `npm run faults -- all | <scenario>… [--quick] [--seed <number>] [--minutes <number>] [--json <file>]

${rows(all)}
not in all: on the servers of npm run servers, with a cluster of their own
${rows(onServers)}`;
}

/**
 * The options a command line gives; a seed is drawn where it names none. `all` stands for the first list only.
 * @throws Error for a mistake in it, one sentence.
 */
export function readFaultOptions(
  args: readonly string[],
  all: readonly FaultScenario[],
  onServers: readonly FaultScenario[],
): FaultOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean" },
      seed: { type: "string" },
      minutes: { type: "string" },
      json: { type: "string" },
    },
    allowPositionals: true,
  });
  if (positionals.length === 0) throw new Error("name a scenario, or all");
  const listed = [...all, ...onServers];
  const unknown = positionals.filter((name) => name !== "all" && !listed.some((one) => one.name === name));
  if (unknown.length > 0) throw new Error(`there is no scenario ${unknown.join(", ")}`);
  const asked = positionals.flatMap((name) => (name === "all" ? all.map((one) => one.name) : [name]));
  const wanted = listed.filter(({ name }) => asked.includes(name));
  if (wanted.length === 0) throw new Error("there is no scenario yet");
  return {
    scenarios: wanted,
    size: values.quick === true ? "quick" : "full",
    seed: seedOf(values.seed),
    json: values.json,
    minutes: minutesOf(values.minutes),
  };
}

function minutesOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const minutes = Number(text);
  if (!/^\d+$/.test(text) || minutes === 0) throw new Error("minutes are a whole number from 1 on");
  return minutes;
}

function seedOf(text: string | undefined): number {
  if (text === undefined) return drawSeed();
  const seed = Number(text);
  if (!/^\d+$/.test(text) || seed >= 2 ** 32) throw new Error("a seed is a whole number from 0 to 4294967295");
  return seed;
}
