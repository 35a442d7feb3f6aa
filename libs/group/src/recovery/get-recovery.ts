import type { Query } from "@guildhall/entity";
import type { RecoveryGet, RecoveryGetArgs } from "@guildhall/proto";
import { GUARDIANS, guardiansAt, openAt, RECOVERIES, untilOf } from "./tables.ts";

/** `recovery.get`: the guardians of a group, and the case that is open. */
export const getRecovery: Query<RecoveryGetArgs> = async (reader, _, { g, nowMs }): Promise<RecoveryGet> => {
  const row = await reader.get(GUARDIANS, g);
  const open = openAt(await reader.get(RECOVERIES, g), nowMs);
  const next = row?.next ?? null;
  return {
    guardians: guardiansAt(row, nowMs),
    next: next !== null && next.at > nowMs ? next : null,
    open: open === null ? null : { ...open, until: untilOf(open) },
  };
};
