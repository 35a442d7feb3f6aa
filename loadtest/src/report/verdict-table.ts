import { shortNumber, tableOf } from "./table.ts";
import { holds, type Verdict } from "./verdict.ts";

const HEAD = ["scenario", "measure", "min", "median", "max", "bound", ""];

function boundText({ at, value }: Verdict["bound"]): string {
  return `${at === "most" ? "≤" : "≥"} ${shortNumber(value)}`;
}

/** `holds`: as it is; `with margin`: only as the margin widens it. */
function judgement(verdict: Verdict, margin: number): string {
  if (holds(verdict)) return "holds";
  return holds(verdict, margin) ? "with margin" : "MISSED";
}

/** One line a measure: what the rounds brought, and whether the median keeps the bound. */
export function verdictTable(verdicts: readonly Verdict[], margin: number): string {
  const rows = verdicts.map((verdict) => [
    verdict.scenario,
    verdict.measure,
    ...[verdict.spread.min, verdict.spread.median, verdict.spread.max].map(shortNumber),
    boundText(verdict.bound),
    judgement(verdict, margin),
  ]);
  return tableOf([HEAD, ...rows], 2);
}
