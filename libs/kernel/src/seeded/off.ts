import type { Seeded } from "./names.ts";

export type { Seeded } from "./names.ts";

/** Whether the named fault is built in: never, here. */
export function seeded(_fault: Seeded): boolean {
  return false;
}
