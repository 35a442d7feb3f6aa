import { parseArgs } from "node:util";
import { type GroupPlan, TARGETS, type TargetName } from "./scenarios/group-plan.ts";

export const USAGE = `npm run loadtest -- <scenario> [options]

scenarios
  group-1000   one group of 1,000 members in which 4 speak; every delivery is checked
  permit       questions to the permission sidecar over its Unix socket
  http         GET /healthz and /readyz

where
  --spawn                 start a system of its own on an empty folder (default without --url)
  --url ws://… --api http://… --operator-key <file>     drive the one that runs there
  --socket <path>         its permission sidecar's socket (permit; default data/permission.sock)

how much
  --members 1000 --senders 4 --window 16 --bytes 100 --rate 0 (messages/s; 0: as fast as answered)
  --rounds 3 --seconds 10 --targets guildhall,topic,gather --connections 10
  --json <file>           the figures for machines, too
`;

const OPTIONS = {
  spawn: { type: "boolean" },
  url: { type: "string" },
  api: { type: "string" },
  "operator-key": { type: "string" },
  socket: { type: "string" },
  members: { type: "string" },
  senders: { type: "string" },
  window: { type: "string" },
  bytes: { type: "string" },
  rate: { type: "string" },
  groups: { type: "string" },
  "warm-up": { type: "string" },
  rounds: { type: "string" },
  seconds: { type: "string" },
  targets: { type: "string" },
  connections: { type: "string" },
  json: { type: "string" },
} as const;

const SCENARIOS = ["group-1000", "permit", "http"] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** What the command line asks for. */
export type Options = {
  readonly scenario: Scenario;
  readonly remote: { readonly url: string; readonly api: string } | undefined;
  readonly operatorKeyPath: string | undefined;
  readonly socket: string | undefined;
  readonly json: string | undefined;
  readonly connections: number;
  readonly group: GroupPlan;
};

/** The options a command line gives. @throws Error for a mistake in it, one sentence. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
    strict: true,
  });
  const scenario = SCENARIOS.find((name) => name === positionals[0]);
  if (scenario === undefined || positionals.length > 1) throw new Error(`name one scenario of ${SCENARIOS.join(", ")}`);
  const count = (name: keyof typeof values, fallback: number, min: number, max: number): number => {
    const value = Number(values[name] ?? fallback);
    if (!Number.isInteger(value) || value < min || value > max)
      throw new Error(`--${name} takes a whole number from ${min} to ${max}`);
    return value;
  };
  return {
    scenario,
    remote: remoteOf(values, scenario),
    operatorKeyPath: values["operator-key"],
    socket: values.socket,
    json: values.json,
    connections: count("connections", 10, 1, 1_000),
    group: {
      groups: count("groups", 1, 1, 1_000),
      members: count("members", scenario === "permit" ? 32 : 1_000, 1, 5_000),
      senders: count("senders", 4, 1, 64),
      window: count("window", scenario === "permit" ? 256 : 16, 1, 1_024),
      bytes: count("bytes", 100, 16, 4_000),
      rate: count("rate", 0, 0, 100_000),
      warmUpSeconds: count("warm-up", 0, 0, 60),
      rounds: count("rounds", 3, 1, 100),
      seconds: count("seconds", 10, 1, 120),
      targets: targetsOf(values.targets),
    },
  };
}

function targetsOf(text: string | undefined): TargetName[] {
  const names = (text ?? TARGETS.join(",")).split(",");
  return names.map((name) => {
    const target = TARGETS.find((one) => one === name);
    if (target === undefined) throw new Error(`--targets takes some of ${TARGETS.join(",")}`);
    return target;
  });
}

type Where = {
  readonly spawn?: boolean;
  readonly url?: string;
  readonly api?: string;
  readonly "operator-key"?: string;
};

function remoteOf(values: Where, scenario: Scenario): Options["remote"] {
  const { spawn, url, api } = values;
  if (url === undefined && api === undefined) {
    if (values["operator-key"] !== undefined) throw new Error("--operator-key goes with --url and --api");
    return undefined;
  }
  if (spawn === true) throw new Error("either --spawn, or --url and --api");
  if (api === undefined || (url === undefined && scenario !== "http")) throw new Error("--url and --api go together");
  if (values["operator-key"] === undefined && scenario !== "http")
    throw new Error("--operator-key names the file with the key");
  return { url: url ?? "", api: api.replace(/\/+$/, "") };
}
