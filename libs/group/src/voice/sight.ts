import type { Reader } from "@guildhall/entity";
import { effective, hasBit } from "@guildhall/model";
import type { Bit } from "@guildhall/proto/tables";
import { groupFactsOf, memberFactsOf } from "../facts.ts";
import { GROUPS } from "../lifecycle/tables.ts";
import { MEMBERS } from "../membership/tables.ts";
import { GROUP_ROLES } from "../role/tables.ts";

/** Whether `u` may see who speaks as the group in one that names nobody. */
export function seesSpeakers(reader: Reader, g: number, u: number, nowMs: number): Promise<boolean> {
  return hasNow(reader, g, u, "VIEW_AUDIT_LOG", nowMs);
}

/** Whether `u` has this bit now, for what a question shows to some only. */
export async function hasNow(reader: Reader, g: number, u: number, bit: Bit, nowMs: number): Promise<boolean> {
  const [group, roles, member] = await Promise.all([
    reader.get(GROUPS, g),
    reader.get(GROUP_ROLES, g),
    reader.get(MEMBERS, g, u),
  ]);
  if (group === undefined || roles === undefined) return false;
  return hasBit(effective(groupFactsOf(group, roles, 0), memberFactsOf(member), u, nowMs), bit);
}
