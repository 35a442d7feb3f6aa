import type { Guardians, RecoveryView } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { defineTable } from "@guildhall/store";

/** Who may recover a group. `next` takes the place of `now` from its time on. */
export type GuardiansRow = {
  readonly g: number;
  readonly now: Guardians;
  readonly next: (Guardians & { readonly at: number }) | null;
};

export const GUARDIANS = defineTable<GuardiansRow>({
  name: "guardians",
  partition: ["g"],
  clustering: [],
  columns: { g: "int", now: "json", next: "json" },
});

export type OpenCase = Omit<RecoveryView, "until">;
/** The case that is open; null when there is none. */
export type RecoveryRow = { readonly g: number; readonly open: OpenCase | null };

export const RECOVERIES = defineTable<RecoveryRow>({
  name: "recoveries",
  partition: ["g"],
  clustering: [],
  columns: { g: "int", open: "json" },
});

export const NOBODY: Guardians = { u: [], need: 0 };

/** The guardians at a time. */
export function guardiansAt(row: GuardiansRow | undefined, nowMs: number): Guardians {
  if (row === undefined) return NOBODY;
  return row.next !== null && row.next.at <= nowMs ? { u: row.next.u, need: row.next.need } : row.now;
}

/** The case at a time: one that was not finished lapses. */
export function openAt(row: RecoveryRow | undefined, nowMs: number): OpenCase | null {
  const open = row?.open ?? null;
  return open === null || nowMs > untilOf(open) ? null : open;
}

export function untilOf({ at }: { readonly at: number }): number {
  return at + LIMITS.recoveryOpenMs;
}
