import { Closers, sleep } from "@guildhall/kernel";
import type { HistoryVerdict } from "@guildhall/testkit/history";
import { seededRandom } from "../random.ts";
import { recordedRun, violationsOf } from "../recorded-run.ts";
import { type MortalOptions, MortalServer } from "../server.ts";
import { Workload, type WorkloadPlan } from "../workload/workload.ts";
import { PHASES, type Phase } from "./phases.ts";

const PLAN: WorkloadPlan = {
  people: 2,
  devicesEach: 2,
  groups: 1,
  manner: { window: 4, textLength: 60, filler: "canary ", repeat: 0.05, reuse: 0.03, read: 0.03, double: 0.03 },
};
const BEFORE_MS = 400;

export type ShortRun = { readonly verdict: HistoryVerdict; readonly violations: readonly string[] };

/** A server of its own, a load, the phases one after another, a read of everything, and the verdict on it. */
export async function shortRun(
  options: MortalOptions,
  phases: readonly Phase[],
  seed: number,
  around: Closers,
): Promise<ShortRun> {
  const closers = new Closers();
  // A run that is given up ends with what is round it.
  around.defer(() => closers[Symbol.asyncDispose]());
  try {
    const history = await recordedRun(closers);
    const server = await MortalServer.make(options, closers);
    await server.start();
    const workload = await Workload.make(server, PLAN, history.recorder, seededRandom(seed));
    closers.defer(() => workload.stop());
    workload.speak();
    await sleep(BEFORE_MS);
    for (const phase of phases) await PHASES[phase]({ server, workload });
    await workload.quiet();
    await workload.readEverything();
    await workload.stop();
    const verdict = await history.verify(options.seeded === undefined);
    return { verdict, violations: [...violationsOf(verdict, history.path), ...workload.complaints] };
  } finally {
    await closers[Symbol.asyncDispose]();
  }
}
