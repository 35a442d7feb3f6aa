import type { Closers } from "@guildhall/kernel";
import type { Options } from "../options.ts";
import { shortNumber } from "../report/table.ts";
import { holds } from "../report/verdict.ts";
import { verdictTable } from "../report/verdict-table.ts";
import { CLUSTERED, MEASURED } from "./all.ts";
import { runGroup } from "./group.ts";
import { faultsIn, groupReportText } from "./group-report.ts";
import { httpReportText, runHttp } from "./http.ts";
import { permitReportText, runPermit } from "./permit.ts";
import { asExpected, type Ended, runPatiently } from "./run-measured.ts";
import type { Surroundings } from "./surroundings.ts";
import { runTimeline } from "./timeline.ts";

/** A scenario's end. `ok`: nothing of what it checks was wrong. */
export type Outcome = { readonly text: string; readonly json: unknown; readonly ok: boolean };

/** Runs the scenario that the options name. */
export async function runScenario(options: Options, around: Surroundings, closers: Closers): Promise<Outcome> {
  const { scenario, group, connections, socket } = options;
  if (options.bounded) return runBounded(options, around, closers);
  if (scenario === "permit") {
    const rows = await runPermit({ ...group, socket }, around, closers);
    return { text: permitReportText(rows), json: rows, ok: rows.every(({ wrong }) => wrong === 0) };
  }
  if (scenario === "http") {
    const rows = await runHttp({ connections, seconds: group.seconds }, around, closers);
    return { text: httpReportText(rows), json: rows, ok: rows.every(({ failed }) => failed === 0) };
  }
  if (scenario === "timeline") return runTimeline(options.timeline, options.size, around);
  const report = await runGroup(group, around, closers);
  return { text: groupReportText(report), json: report, ok: faultsIn(report).length === 0 };
}

/** Scenarios as they stand: their figures as each ends, and one table of all bounds at the end. */
async function runBounded(options: Options, around: Surroundings, closers: Closers): Promise<Outcome> {
  const { scenario, size, margin } = options;
  const scenarios = scenario === "all" ? MEASURED : [...MEASURED, ...CLUSTERED].filter(({ name }) => name === scenario);
  const plan = { size, margin, expectFailure: options.expectFailure !== undefined };
  const all = await runPatiently(scenarios, plan, around, closers);
  const ok = asExpected(all, plan);
  const verdicts = all.flatMap((one) => one.verdicts);
  const json = {
    ...plan,
    ok,
    scenarios: all,
    verdicts: verdicts.map((verdict) => ({ ...verdict, holds: holds(verdict, margin) })),
  };
  return { text: `${verdictTable(verdicts, margin)}\n\n${endText(all, options, ok)}`, json, ok };
}

/** What the table does not say: what could not be run or was wrong, how long it took, and the end in one word. */
function endText(all: readonly Ended[], { size, margin, expectFailure }: Options, ok: boolean): string {
  const wrong = all.filter((one) => !one.ok || one.verdicts.length === 0).map(({ name }) => `${name}: see above`);
  const took = all.reduce((sum, { seconds }) => sum + seconds, 0);
  const form = `${size} form, margin ${shortNumber(margin)}, ${shortNumber(took)} s`;
  const expected = expectFailure === undefined ? "" : `, with the fault ${expectFailure} a bound has to be missed`;
  return [...wrong, `${form}${expected}: ${ok ? "as it should be" : "FAILED"}`].join("\n");
}
