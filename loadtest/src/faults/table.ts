import { tableOf } from "../report/table.ts";
import { type Ended, isVoid, proves } from "./run.ts";

const HEAD = ["", "runs", "void", "faults in flight", "acknowledged", "unknown", "violations", "s", ""];

/** The table for people, then every violation and note. */
export function faultTable(all: readonly Ended[]): string {
  const rows = all.map((one) => [
    one.name,
    String(one.runs),
    String(one.voidRuns),
    String(one.faultsInFlight),
    String(one.acknowledged),
    String(one.unknown),
    String(one.violations.length),
    one.seconds.toFixed(0),
    proves(one) ? "" : isVoid(one) ? "VOID" : "FAILED",
  ]);
  const notes = all.flatMap(({ name, notes: texts }) => texts.map((text) => `${name}: ${text}`));
  const wrong = all.flatMap(({ name, violations }) => violations.map((text) => `VIOLATION ${name}: ${text}`));
  return [tableOf([HEAD, ...rows]), "", ...notes, ...wrong].join("\n");
}
