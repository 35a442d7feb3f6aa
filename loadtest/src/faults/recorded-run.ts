import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Closers } from "@guildhall/kernel";
import {
  type HistoryVerdict,
  type Invariant,
  openRecorder,
  type Recorder,
  verifyHistory,
} from "@guildhall/testkit/history";
import type { FaultResult } from "./scenario.ts";

/** A history under way, and where it is. */
export type RecordedRun = {
  readonly recorder: Recorder;
  readonly path: string;
  /** Ends the history and holds it against I1 to I17. With `keep` one that breaks something stays on the disk. */
  verify(keep: boolean): Promise<HistoryVerdict>;
};

/** Begins a history in a folder of its own, which goes with `closers` unless it is kept. */
export async function recordedRun(closers: Closers): Promise<RecordedRun> {
  const folder = await mkdtemp(join(tmpdir(), "guildhall-history-"));
  let kept = false;
  closers.defer(() => (kept ? undefined : rm(folder, { recursive: true, force: true })));
  const path = join(folder, "clients.jsonl");
  const recorder = closers.use(openRecorder({ path, proc: "clients" }));
  return {
    recorder,
    path,
    async verify(keep) {
      await recorder[Symbol.asyncDispose]();
      const verdict = await verifyHistory([path]);
      kept = keep && verdict.violationCount > 0;
      return verdict;
    },
  };
}

type Counts = Pick<FaultResult, "runs" | "voidRuns" | "faultsInFlight" | "acknowledged" | "unknown">;

/** The counts of a history whose runs are its faults; one that met nothing in flight is void. */
export function countsOf({ faults, acknowledged, unknown }: HistoryVerdict): Counts {
  const faultsInFlight = faults.filter(({ met }) => met > 0).length;
  return { runs: faults.length, voidRuns: faults.length - faultsInFlight, faultsInFlight, acknowledged, unknown };
}

/** What a history consists of, and how often it put each promise to the test. */
export function notesOf({ commands, observations, repeats, conflicts, tested }: HistoryVerdict): string[] {
  const each = Object.entries(tested).map(([name, count]) => `${name} ${count}`);
  return [
    `${commands} commands, ${observations} observations, ${repeats} repeats with the first answer, ${conflicts} conflicts`,
    `promises put to the test, times: ${each.join(", ")}`,
  ];
}

/** Promises that a history proves nothing of, each in a sentence. */
export function untestedIn({ tested }: HistoryVerdict): string[] {
  const never = (Object.keys(tested) as Invariant[]).filter((name) => tested[name] === 0);
  return never.map((name) => `${name} was never put to the test: the run proves nothing of it`);
}

/** What a verdict has against the system, each with what happened around it where that is known. */
export function violationsOf({ violations, violationCount, counterExamples }: HistoryVerdict, path: string): string[] {
  if (violationCount === 0) return [];
  const others = violations.slice(counterExamples.length).map(({ invariant, text }) => `${invariant}: ${text}`);
  const more = violationCount - violations.length;
  return [...counterExamples, ...others, `the history is ${path}${more > 0 ? `; it breaks ${more} more` : ""}`];
}
