import type { Closers } from "@guildhall/kernel";
import type { Options } from "../options.ts";
import { runGroup } from "./group.ts";
import { faultsOf, groupReportText } from "./group-report.ts";
import { httpReportText, runHttp } from "./http.ts";
import { permitReportText, runPermit } from "./permit.ts";
import type { Surroundings } from "./surroundings.ts";

/** A scenario's end. `ok`: nothing of what it checks was wrong. */
export type Outcome = { readonly text: string; readonly json: unknown; readonly ok: boolean };

/** Runs the scenario that the options name. */
export async function runScenario(options: Options, around: Surroundings, closers: Closers): Promise<Outcome> {
  const { group, connections, socket } = options;
  if (options.scenario === "group-1000") {
    const report = await runGroup(group, around, closers);
    const rounds = Object.values(report.rounds).flat();
    return {
      text: groupReportText(report),
      json: report,
      ok: rounds.every((round) => faultsOf(round, group.members).length === 0),
    };
  }
  if (options.scenario === "permit") {
    const rows = await runPermit({ ...group, socket }, around, closers);
    return { text: permitReportText(rows), json: rows, ok: rows.every(({ wrong }) => wrong === 0) };
  }
  const rows = await runHttp({ connections, seconds: group.seconds }, around, closers);
  return { text: httpReportText(rows), json: rows, ok: rows.every(({ failed }) => failed === 0) };
}
