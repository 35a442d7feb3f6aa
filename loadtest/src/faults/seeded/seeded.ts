import type { Seeded } from "@guildhall/kernel/seeded";
import type { Invariant } from "@guildhall/testkit/history";
import { drawSeed } from "../random.ts";
import type { FaultResult, FaultScenario, Surroundings } from "../scenario.ts";
import type { Phase } from "./phases.ts";
import { shortRun } from "./short-run.ts";
import { noTrace, tracedRun } from "./traced-run.ts";

type Planted = { readonly fault: Seeded; readonly phases: readonly Phase[]; readonly breaks: Invariant };

/** Faults that a history shows: what meets them, and the promise that they break. */
const IN_HISTORIES: readonly Planted[] = [
  { fault: "resume-off-by-one", phases: ["cuts"], breaks: "I15" },
  { fault: "dropped-as-sent", phases: ["slow"], breaks: "I5" },
  { fault: "forget-nonces", phases: ["restart"], breaks: "I2" },
];

export const seededFaults: FaultScenario = {
  name: "seeded",
  about: "four faults built in on purpose are each found, and the same runs without them pass",
  maxS: { quick: 240, full: 900 },
  run,
};

/** What the runs came to so far. */
type Sum = { runs: number; found: number; acknowledged: number; unknown: number };

async function run(_size: unknown, around: Surroundings): Promise<FaultResult> {
  const { env, say, closers, seed = drawSeed() } = around;
  const sum: Sum = { runs: 0, found: 0, acknowledged: 0, unknown: 0 };
  const violations: string[] = [];
  const notes: string[] = [`seed ${seed}`];
  const every = IN_HISTORIES.flatMap(({ phases }) => phases);

  say("seeded: nothing built in");
  const without = await shortRun({ env }, every, seed, closers);
  add(sum, without.verdict);
  violations.push(...without.violations);
  for (const { fault, phases, breaks } of IN_HISTORIES) {
    say(`seeded: ${fault}`);
    const { verdict } = await shortRun({ env, seeded: fault }, phases, seed, closers);
    add(sum, verdict);
    const broken = verdict.violations.filter(({ invariant }) => invariant === breaks);
    if (broken.length === 0) violations.push(`${fault} is built in, and ${breaks} was not found broken`);
    else sum.found++;
    notes.push(`${fault}: ${verdict.violationCount} violations; first ${broken[0]?.text ?? "none"}`);
  }
  await underTrace(around, sum, violations, notes);
  return { ...sum, voidRuns: 0, faultsInFlight: sum.found, violations, notes };
}

/** `ack-before-sync` shows only to who sees the system calls: a killed process leaves its pages to the kernel. */
async function underTrace(
  { env, say, closers }: Surroundings,
  sum: Sum,
  violations: string[],
  notes: string[],
): Promise<void> {
  const why = noTrace();
  if (why !== undefined) {
    if ((env["CI"] ?? "") !== "") violations.push(`ack-before-sync: skipped, which CI must not: ${why}`);
    return void notes.push(`ack-before-sync: skipped, ${why}`);
  }
  say("seeded: under a trace");
  const early = async (options: Parameters<typeof tracedRun>[0]): Promise<string> => {
    const oks = await tracedRun(options, closers);
    sum.runs++;
    sum.acknowledged += oks.length;
    const count = oks.filter(({ synced }) => !synced).length;
    return `${count} of ${oks.length}`;
  };
  const without = await early({ env });
  if (!without.startsWith("0 ")) violations.push(`${without} answers left before the sync that covers them`);
  const planted = await early({ env, seeded: "ack-before-sync" });
  if (planted.startsWith("0 ")) violations.push("ack-before-sync is built in, and no answer left before its sync");
  else sum.found++;
  notes.push(`ack-before-sync: ${planted} answers left before their sync; ${without} without it`);
}

function add(sum: Sum, { acknowledged, unknown }: { readonly acknowledged: number; readonly unknown: number }): void {
  sum.runs++;
  sum.acknowledged += acknowledged;
  sum.unknown += unknown;
}
