import { parseArgs } from "node:util";
import { CLUSTERED, MEASURED } from "./scenarios/all.ts";
import { CROWDS } from "./scenarios/crowds.ts";
import { type GroupPlan, TARGETS, type TargetName } from "./scenarios/group-plan.ts";
import type { LoadSize } from "./scenarios/measured.ts";
import { TIMELINE_PLANS, type TimelinePlan } from "./scenarios/timeline.ts";

/** Scenarios without bounds, and what they are run with. */
const OTHERS = [
  { name: "permit", about: "questions to the permission sidecar over its Unix socket" },
  { name: "http", about: "GET /healthz and /readyz" },
  { name: "timeline", about: "millions of stored messages on a Cassandra that runs: partitions, pages, bounds" },
] as const;

const listed = [...MEASURED, ...CLUSTERED, ...OTHERS.filter(({ name }) => !MEASURED.some((one) => one.name === name))];

export const USAGE = `npm run loadtest -- all | <scenario> [options]

scenarios
  ${"all".padEnd(18)} those that have bounds, one after another, with one table at the end
${listed.map(({ name, about }) => `  ${name.padEnd(18)} ${about}`).join("\n")}

where
  --spawn                 start a system of its own on an empty folder (default without --url)
  --url ws://… --api http://… --operator-key <file>     drive the one that runs there (one scenario, no bounds)
  --socket <path>         its permission sidecar's socket (permit; default data/permission.sock)

how much
  --short                 the short form: smaller, seconds instead of minutes
  --margin 2              a bound counts as missed only by more than this factor (default 1)
  --expect-failure <fault>  build this fault into the server (docs/adr/0013): the run is right if a bound is missed
  --json <file>           the figures for machines, too
  --profile <folder>      each server writes a CPU profile there at its end

another plan for one scenario: figures without bounds
  --groups 1 --members 1000 --senders 4 --window 16 --bytes 100 --rate 0 (messages/s; 0: as fast as answered)
  --warm-up 3 --rounds 3 --seconds 10 --targets guildhall,topic,gather --connections 10
  --messages 5000000 --groups 1000 --traced 500 --seconds 60 (timeline)
`;

/** Each of them makes another plan. */
const PLAN_OPTIONS = {
  groups: { type: "string" },
  members: { type: "string" },
  senders: { type: "string" },
  window: { type: "string" },
  bytes: { type: "string" },
  rate: { type: "string" },
  "warm-up": { type: "string" },
  rounds: { type: "string" },
  seconds: { type: "string" },
  targets: { type: "string" },
  connections: { type: "string" },
  messages: { type: "string" },
  traced: { type: "string" },
} as const;

const OPTIONS = {
  ...PLAN_OPTIONS,
  spawn: { type: "boolean" },
  url: { type: "string" },
  api: { type: "string" },
  "operator-key": { type: "string" },
  socket: { type: "string" },
  short: { type: "boolean" },
  margin: { type: "string" },
  "expect-failure": { type: "string" },
  json: { type: "string" },
  profile: { type: "string" },
} as const;

const MARGIN_MAX = 10;

/** What the command line asks for. */
export type Options = {
  /** `all`, or one. */
  readonly scenario: string;
  readonly size: LoadSize;
  readonly margin: number;
  /** The fault that the server has to have built in. */
  readonly expectFailure: string | undefined;
  /** Whether the scenario is run as it stands, so that its bounds mean something. */
  readonly bounded: boolean;
  readonly remote: { readonly url: string; readonly api: string } | undefined;
  readonly operatorKeyPath: string | undefined;
  readonly socket: string | undefined;
  readonly json: string | undefined;
  /** Where the processes that are started write CPU profiles to. */
  readonly profile: string | undefined;
  readonly connections: number;
  readonly group: GroupPlan;
  readonly timeline: TimelinePlan;
};

type Values = ReturnType<typeof parse>["values"];

const parse = (args: readonly string[]) =>
  parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true });

/** The options a command line gives. @throws Error for a mistake in it, one sentence. */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args);
  const names = ["all", ...listed.map(({ name }) => name)];
  const scenario = names.find((name) => name === positionals[0]);
  if (scenario === undefined || positionals.length > 1) throw new Error(`name one scenario of ${names.join(", ")}`);
  const remote = remoteOf(values, scenario);
  const size = values.short === true ? "short" : "full";
  const bounded = isBounded(values, scenario, remote !== undefined);
  return {
    scenario,
    size,
    margin: marginOf(values.margin),
    expectFailure: values["expect-failure"],
    bounded,
    remote,
    operatorKeyPath: values["operator-key"],
    socket: values.socket,
    json: values.json,
    profile: values.profile,
    connections: wholeOf(values, "connections", 10, 1, 1_000),
    // The two have options of the same name, and other bounds for them.
    group: scenario === "timeline" ? planOf(scenario, size) : groupOf(values, planOf(scenario, size)),
    timeline: scenario === "timeline" ? timelineOf(values, TIMELINE_PLANS[size]) : TIMELINE_PLANS[size],
  };
}

/** Whether the scenario is run as it stands. @throws Error where what is asked for goes only with that, or not with it. */
function isBounded(values: Values, scenario: string, remote: boolean): boolean {
  const asItStands = !remote && !Object.keys(PLAN_OPTIONS).some((name) => name in values);
  const expecting = values["expect-failure"] !== undefined;
  if (CLUSTERED.some(isNamed(scenario))) {
    if (!asItStands) throw new Error(`${scenario} is run as it stands, on the cluster of npm run cluster`);
    if (expecting) throw new Error("--expect-failure is for systems that are started here");
    return true;
  }
  const bounded = asItStands && (scenario === "all" || MEASURED.some(isNamed(scenario)));
  if (!bounded && scenario === "all") throw new Error("all runs every scenario as it stands, on systems of its own");
  if (!bounded && (expecting || values.margin !== undefined))
    throw new Error("--margin and --expect-failure go with bounds: a scenario of all, as it stands");
  return bounded;
}

function timelineOf(values: Values, plan: TimelinePlan): TimelinePlan {
  return {
    messages: wholeOf(values, "messages", plan.messages, 1_000, 100_000_000),
    groups: wholeOf(values, "groups", plan.groups, 3, 100_000),
    seconds: wholeOf(values, "seconds", plan.seconds, 1, 120),
    traced: wholeOf(values, "traced", plan.traced, 1, 10_000),
  };
}

const isNamed =
  (name: string) =>
  (one: { readonly name: string }): boolean =>
    one.name === name;

/** The scenario's own plan, or that of the first where it has none of its own. */
function planOf(scenario: string, size: LoadSize): GroupPlan {
  const crowd = CROWDS.find(isNamed(scenario)) ?? CROWDS[0];
  if (crowd === undefined) throw new Error("there is no plan");
  const plan = crowd.plans[size];
  return scenario === "permit" ? { ...plan, members: 32, window: 256 } : plan;
}

function groupOf(values: Values, plan: GroupPlan): GroupPlan {
  return {
    groups: wholeOf(values, "groups", plan.groups, 1, 1_000),
    members: wholeOf(values, "members", plan.members, 1, 5_000),
    senders: wholeOf(values, "senders", plan.senders, 1, 64),
    window: wholeOf(values, "window", plan.window, 1, 1_024),
    bytes: wholeOf(values, "bytes", plan.bytes, 16, 4_000),
    rate: wholeOf(values, "rate", plan.rate, 0, 100_000),
    warmUpSeconds: wholeOf(values, "warm-up", plan.warmUpSeconds, 0, 60),
    warmUpMessages: plan.warmUpMessages,
    // Whoever asks for another rate has the warm-up at it, too.
    warmUpRate: wholeOf(values, "rate", plan.warmUpRate, 0, 100_000),
    rounds: wholeOf(values, "rounds", plan.rounds, 1, 100),
    seconds: wholeOf(values, "seconds", plan.seconds, 1, 120),
    targets: values.targets === undefined ? plan.targets : targetsOf(values.targets),
  };
}

function wholeOf(values: Values, name: keyof typeof PLAN_OPTIONS, fallback: number, min: number, max: number): number {
  const value = Number(values[name] ?? fallback);
  if (!Number.isInteger(value) || value < min || value > max)
    throw new Error(`--${name} takes a whole number from ${min} to ${max}`);
  return value;
}

function marginOf(text: string | undefined): number {
  const margin = Number(text ?? 1);
  if (!(margin >= 1 && margin <= MARGIN_MAX)) throw new Error(`--margin takes a number from 1 to ${MARGIN_MAX}`);
  return margin;
}

function targetsOf(text: string): TargetName[] {
  return text.split(",").map((name) => {
    const target = TARGETS.find((one) => one === name);
    if (target === undefined) throw new Error(`--targets takes some of ${TARGETS.join(",")}`);
    return target;
  });
}

function remoteOf(values: Values, scenario: string): Options["remote"] {
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
