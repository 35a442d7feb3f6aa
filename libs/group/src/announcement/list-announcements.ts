import type { Query } from "@guildhall/entity";
import type { AnnouncementsList, AnnouncementsListArgs } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { seesSpeakers } from "../voice/sight.ts";
import { ANNOUNCEMENTS } from "./tables.ts";
import { announcementViewOf } from "./view.ts";

/** `announcements.list`: a page, the newest first, those that were withdrawn among them. */
export const listAnnouncements: Query<AnnouncementsListArgs> = async (
  reader,
  args,
  { g, actor, nowMs },
): Promise<AnnouncementsList> => {
  const { before, lim = LIMITS.announcementsPageMax } = args;
  // One more than wanted, to know whether another page follows.
  const range = { reverse: true, limit: lim + 1, ...(before === undefined ? {} : { to: before - 1 }) };
  const [rows, sees] = await Promise.all([
    reader.scan(ANNOUNCEMENTS, [g], range),
    seesSpeakers(reader, g, actor, nowMs),
  ]);
  return {
    announcements: rows.slice(0, lim).map((row) => announcementViewOf(row, sees)),
    more: rows.length > lim,
  };
};
