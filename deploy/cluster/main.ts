import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { at } from "../local/folder.ts";
import { add, FANOUTS_MAX, GATEWAYS_MAX, remove, restart, start, status, stop } from "./commands.ts";

const PARTITIONS_MAX = 1_024;

const USAGE = `npm run cluster -- [start] [--partitions <n>] [--gateways <n>] [--fanouts <n>] [--folder <path>]
npm run cluster -- stop | status
npm run cluster -- add gateway | fanout
npm run cluster -- remove gateway | fanout | <name>     without a name the newest
npm run cluster -- restart [<name>]                     one after another
`;

function count(word: string | undefined, fallback: number, name: string, max: number): number {
  const value = word === undefined ? fallback : /^\d+$/.test(word) ? Number(word) : 0;
  if (value < 1 || value > max) throw new Error(`--${name} is a number from 1 to ${max}`);
  return value;
}

const COUNT = { type: "string" } as const;
const OPTIONS = { partitions: COUNT, gateways: COUNT, fanouts: COUNT, folder: { type: "string" } } as const;

function startAsSaid(values: Readonly<Partial<Record<keyof typeof OPTIONS, string>>>): Promise<void> {
  const sizes = {
    partitions: count(values.partitions, 16, "partitions", PARTITIONS_MAX),
    gateways: count(values.gateways, 2, "gateways", GATEWAYS_MAX),
    fanouts: count(values.fanouts, 2, "fanouts", FANOUTS_MAX),
  };
  return start(sizes, resolve(values.folder ?? at("data", "cluster")), process.env);
}

function addAsSaid(word: string | undefined): Promise<void> {
  if (word !== "gateway" && word !== "fanout") throw new Error(USAGE);
  return add(word, process.env);
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const [command = "start", word, ...rest] = positionals;
  const commands: Readonly<Record<string, () => Promise<void>>> = {
    start: () => startAsSaid(values),
    stop,
    status,
    add: () => addAsSaid(word),
    remove: () => remove(word ?? ""),
    restart: () => restart(word, process.env),
  };
  const run = Object.hasOwn(commands, command) ? commands[command] : undefined;
  const takesWord = command === "add" || command === "remove" || command === "restart";
  if (run === undefined || rest.length > 0 || (word !== undefined && !takesWord)) throw new Error(USAGE);
  await run();
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
