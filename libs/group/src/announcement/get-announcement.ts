import type { Query } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import type { AnnouncementGet, AnnouncementGetArgs } from "@guildhall/proto";
import { hasNow, seesSpeakers } from "../voice/sight.ts";
import { ANNOUNCEMENT_TEXTS, ANNOUNCEMENTS } from "./tables.ts";
import { announcementViewOf, stepViewOf } from "./view.ts";

/**
 * `announcement.get`: one announcement with a version of it.
 * @throws AppError `NOT_FOUND`; `FORBIDDEN` with `d.bit` for what is not shown any more to who lacks
 *   VIEW_REMOVED_CONTENT.
 */
export const getAnnouncement: Query<AnnouncementGetArgs> = async (
  reader,
  { s, n },
  { g, actor, nowMs },
): Promise<AnnouncementGet> => {
  const row = await reader.get(ANNOUNCEMENTS, g, s);
  const shown = n ?? row?.versions.length ?? 0;
  const text = await reader.get(ANNOUNCEMENT_TEXTS, g, s, shown);
  if (row === undefined || text === undefined) throw new AppError("NOT_FOUND", "no such announcement");
  const [sees, seesRemoved] = await Promise.all([
    seesSpeakers(reader, g, actor, nowMs),
    hasNow(reader, g, actor, "VIEW_REMOVED_CONTENT", nowMs),
  ]);
  if (!seesRemoved && (row.gone !== null || shown < row.versions.length))
    throw new AppError("FORBIDDEN", "shown no more", { d: { bit: "VIEW_REMOVED_CONTENT" } });
  const versions = row.versions.map((step) => stepViewOf(step, sees));
  return { ...announcementViewOf(row, sees), title: text.title, t: text.t, shown, versions };
};
