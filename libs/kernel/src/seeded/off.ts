import type { Seeded } from "./names.ts";

export type { Seeded } from "./names.ts";

/** Whether the named fault is built in: never, here. */
export function seeded(_fault: Seeded): boolean {
  return false;
}

/** Refuses to: nothing can be built in here. @throws Error for any fault. */
export function plant(faults: readonly Seeded[]): void {
  if (faults.length > 0) throw new Error(`node was started without --conditions=seeded: no ${faults.join(", ")}`);
}
