import type { Context, Tx } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { LIMITS } from "@guildhall/proto/tables";
import { ANNOUNCEMENT_PACE } from "./tables.ts";

const DAY_MS = 86_400_000;

/**
 * Counts one more announcement. Kept in a row, so that a takeover forgives nothing.
 * @throws AppError `SLOW_MODE` with the time to wait after LIMITS.announcementsPerDay in a day, and for one that
 *   mentions everybody within LIMITS.announcementMentionEveryMs of another.
 */
export function noteAnnouncement(tx: Tx, { g, nowMs }: Context, mentionsAll: boolean): void {
  const row = tx.get(ANNOUNCEMENT_PACE, g);
  const recent = (row?.ats ?? []).filter((at) => nowMs - at < DAY_MS);
  const [oldest = nowMs] = recent;
  if (recent.length >= LIMITS.announcementsPerDay) throw tooSoon("too many announcements", oldest + DAY_MS - nowMs);
  const mentioned = row?.mentioned ?? 0;
  const waitMs = mentioned + LIMITS.announcementMentionEveryMs - nowMs;
  if (mentionsAll && waitMs > 0) throw tooSoon("everybody was mentioned just now", waitMs);
  tx.put(ANNOUNCEMENT_PACE, { g, ats: [...recent, nowMs], mentioned: mentionsAll ? nowMs : mentioned });
}

function tooSoon(text: string, retryAfterMs: number): AppError {
  return new AppError("SLOW_MODE", text, { retryAfterMs, d: { scope: "announcements" } });
}
