import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { type AnnouncementBody, type AnnouncementEvents, COMMANDS, type EditAnnouncementArgs } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { TIMELINE } from "@guildhall/timeline";
import { announcementAt, isOwnVoice } from "../message/content.ts";
import { isAttributed } from "../voice/attribution.ts";
import { announcedOf, changeKeys, decideAnnouncing, standingAt, stepOf } from "./decide-announcement.ts";
import { ANNOUNCEMENT_TEXTS, ANNOUNCEMENTS } from "./tables.ts";

/**
 * `announcement.edit`: another title and text for one's own, at any time; as the group for one of the group. What it
 * said before is kept.
 * @throws AppError of the rule; `FORBIDDEN` with `d.official`, and for another's; `NOT_FOUND`; `ALREADY` when it was
 *   withdrawn or says that; `BAD_ARGS` and `TOO_LARGE` for what is said; `QUOTA` after LIMITS.announcementVersionsMax.
 */
export const editAnnouncement: Handler<EditAnnouncementArgs> = {
  reads: ({ s }, ctx) => changeKeys(ctx, s),
  run(tx, { s, b }, ctx) {
    const decision = decideAnnouncing(tx, ctx, COMMANDS["announcement.edit"]);
    const row = standingAt(tx, ctx, s);
    const entry = announcementAt(tx, ctx, s);
    if (!isOwnVoice(entry, ctx)) throw new AppError("FORBIDDEN", "somebody else's announcement");
    const said = announcedOf(b);
    if (isSame(entry.b as AnnouncementBody, said)) throw new AppError("ALREADY", "says that");
    if (row.versions.length >= LIMITS.announcementVersionsMax) throw new AppError("QUOTA", "too many versions");
    const body: AnnouncementEvents["announcement.edit"] = { s, b: said };
    const attributed = isAttributed(decision.group, ctx);
    const { seq, atMs } = tx.emit({ kind: "announcement.edit", body, attributed });
    tx.put(TIMELINE, { ...entry, b: said, rev: seq, edits: entry.edits + 1 });
    const versions = [...row.versions, stepOf(decision, ctx, atMs)];
    tx.put(ANNOUNCEMENTS, { ...row, title: said.title, versions });
    tx.put(ANNOUNCEMENT_TEXTS, { g: ctx.g, s, n: versions.length, ...said });
  },
};

function isSame(one: AnnouncementBody, other: AnnouncementBody): boolean {
  return one.title === other.title && one.t === other.t;
}
