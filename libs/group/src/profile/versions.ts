import type { Context, Tx } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import type { Brand } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { GROUPS, type GroupRow } from "../lifecycle/tables.ts";
import { MEMBERS } from "../membership/tables.ts";
import { PROFILE_HEADS, PROFILE_VERSIONS } from "./tables.ts";

const DAY_MS = 86_400_000;

/** The event of a change. */
type Place = { readonly s: number; readonly at: number };

export function brandOf({ name, intro, avatar }: GroupRow): Brand {
  return { name, intro, avatar: avatar ?? 0 };
}

/** Keeps what a new group is called as its version 1. */
export function keepFirstVersion(tx: Tx, group: GroupRow, { s, at, by }: Place & { readonly by: number }): void {
  const { g } = group;
  const made = { s, at, by, owner: by !== 0, roles: [], why: "", back: 0 };
  tx.put(PROFILE_VERSIONS, { g, n: 1, ...made, ...brandOf(group) });
  tx.put(PROFILE_HEADS, { g, n: 1, ats: [] });
}

/** The number of the version that the next change makes. In a group from before there were versions it is the second. */
export function nextVersion(tx: Tx, { g }: Context): number {
  return (tx.get(PROFILE_HEADS, g)?.n ?? 1) + 1;
}

/**
 * Writes the group as it is `after`, and a version where that has another name, picture or intro.
 * @throws AppError `SLOW_MODE` with the time to wait after LIMITS.profileChangesPerDay.
 */
export function putBrand(tx: Tx, ctx: Context, before: GroupRow, after: GroupRow, place: Place, back = 0): void {
  tx.put(GROUPS, after);
  const [was, is] = [brandOf(before), brandOf(after)];
  if (was.name === is.name && was.intro === is.intro && was.avatar === is.avatar) return;
  const { g, actor: by, nowMs, why } = ctx;
  const head = tx.get(PROFILE_HEADS, g);
  if (head === undefined) keepFirstVersion(tx, before, { s: 1, at: before.at, by: 0 });
  const recent = (head?.ats ?? []).filter((at) => nowMs - at < DAY_MS);
  const [oldest = nowMs] = recent;
  if (recent.length >= LIMITS.profileChangesPerDay)
    throw new AppError("SLOW_MODE", "too many changes of the profile", {
      retryAfterMs: oldest + DAY_MS - nowMs,
      d: { scope: "profile" },
    });
  const n = nextVersion(tx, ctx);
  const roles = tx.get(MEMBERS, g, by)?.roles ?? [];
  tx.put(PROFILE_VERSIONS, { g, n, ...place, by, owner: before.owner === by, roles, why, back, ...is });
  tx.put(PROFILE_HEADS, { g, n, ats: [...recent, nowMs] });
}
