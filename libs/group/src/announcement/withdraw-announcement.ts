import { type Handler, rowKey } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { mayActOnContent } from "@guildhall/model";
import { type AnnouncementEvents, COMMANDS, type WithdrawArgs } from "@guildhall/proto";
import { TIMELINE } from "@guildhall/timeline";
import { attachedKeys, removeAttached } from "../attached.ts";
import { decide } from "../decide.ts";
import { rankOfAuthor } from "../message/author-rank.ts";
import { announcementAt, isOwnVoice, withoutBody } from "../message/content.ts";
import { ROLE_HOLDERS } from "../role/tables.ts";
import { isAttributed } from "../voice/attribution.ts";
import { changeKeys, standingAt, stepOf } from "./decide-announcement.ts";
import { ANNOUNCEMENTS } from "./tables.ts";

/**
 * `announcement.withdraw`: takes it back, at any time; it is unpinned. One's own, one of the group as the group, and
 * that of anybody whose rank now is not above (H2; the group counts as EDITOR_CONTENT_RANK). What it said is kept.
 * @throws AppError of the rule; `NOT_FOUND`; `RANK`; `ALREADY` when it was withdrawn.
 */
export const withdrawAnnouncement: Handler<WithdrawArgs> = {
  reads: ({ s }, ctx) => [...changeKeys(ctx, s), rowKey(ROLE_HOLDERS, ctx.g), ...attachedKeys(ctx, s)],
  run(tx, { s }, ctx) {
    const decision = decide(tx, ctx, COMMANDS["announcement.withdraw"]);
    const row = standingAt(tx, ctx, s);
    const entry = announcementAt(tx, ctx, s);
    const rank = rankOfAuthor(decision.facts, tx.get(ROLE_HOLDERS, ctx.g), entry);
    if (!isOwnVoice(entry, ctx) && !mayActOnContent(decision.effective.rank, rank))
      throw new AppError("RANK", "author ranks higher");
    const body: AnnouncementEvents["announcement.withdraw"] = { s };
    const attributed = isAttributed(decision.group, ctx);
    const { seq, atMs } = tx.emit({ kind: "announcement.withdraw", body, attributed });
    tx.put(TIMELINE, withoutBody(entry, 1, seq));
    tx.put(ANNOUNCEMENTS, { ...row, gone: stepOf(decision, ctx, atMs) });
    removeAttached(tx, ctx, s);
  },
};
