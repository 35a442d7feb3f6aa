import { anyTable, type Feature } from "@guildhall/entity";
import { editAnnouncement } from "./edit-announcement.ts";
import { getAnnouncement } from "./get-announcement.ts";
import { listAnnouncements } from "./list-announcements.ts";
import { publishAnnouncement } from "./publish-announcement.ts";
import { ANNOUNCEMENT_PACE, ANNOUNCEMENT_TEXTS, ANNOUNCEMENTS } from "./tables.ts";
import { withdrawAnnouncement } from "./withdraw-announcement.ts";

/** What is announced to everybody, with all that it has said. */
export const announcement: Feature = {
  tables: [anyTable(ANNOUNCEMENTS), anyTable(ANNOUNCEMENT_TEXTS), anyTable(ANNOUNCEMENT_PACE)],
  commands: {
    "announcement.publish": publishAnnouncement,
    "announcement.edit": editAnnouncement,
    "announcement.withdraw": withdrawAnnouncement,
  },
  queries: { "announcements.list": listAnnouncements, "announcement.get": getAnnouncement },
};
