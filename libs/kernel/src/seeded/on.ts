import { SEEDED, type Seeded } from "./names.ts";

export type { Seeded } from "./names.ts";

let named: ReadonlySet<string> = new Set(
  (process.env["GUILDHALL_SEEDED"] ?? "").split(",").filter((name) => name !== ""),
);
for (const name of named) {
  if (!SEEDED.some((known) => known === name)) throw new Error(`GUILDHALL_SEEDED: there is no fault ${name}`);
}

/** From now on these faults are built in, and no others: for runs of many in one process. */
export function plant(faults: readonly Seeded[]): void {
  named = new Set(faults);
}

/** Whether the environment names this fault in `GUILDHALL_SEEDED`, a list with commas. */
export function seeded(fault: Seeded): boolean {
  return named.has(fault);
}
