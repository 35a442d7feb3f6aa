import { SEEDED, type Seeded } from "./names.ts";

export type { Seeded } from "./names.ts";

const named = new Set((process.env["GUILDHALL_SEEDED"] ?? "").split(",").filter((name) => name !== ""));
for (const name of named) {
  if (!SEEDED.some((known) => known === name)) throw new Error(`GUILDHALL_SEEDED: there is no fault ${name}`);
}

/** Whether the environment names this fault in `GUILDHALL_SEEDED`, a list with commas. */
export function seeded(fault: Seeded): boolean {
  return named.has(fault);
}
