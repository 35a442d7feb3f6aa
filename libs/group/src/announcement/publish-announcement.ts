import type { Handler } from "@guildhall/entity";
import { type AnnouncementEvents, COMMANDS, type PublishArgs } from "@guildhall/proto";
import { isAttributed } from "../voice/attribution.ts";
import { noteOfficialPost } from "../voice/official-posts.ts";
import { announcedOf, decideAnnouncing, publishKeys, stepOf } from "./decide-announcement.ts";
import { noteAnnouncement } from "./pace.ts";
import { ANNOUNCEMENT_TEXTS, ANNOUNCEMENTS } from "./tables.ts";

/**
 * `announcement.publish`: a title and a text, in one's own name or as the group. Its seq names it.
 * @throws AppError of the rule; `FORBIDDEN` with `d.official`; `BAD_ARGS` and `TOO_LARGE` for what is said; `SLOW_MODE`
 *   with the time to wait, as `noteAnnouncement`, and as the group as for its posts.
 */
export const publishAnnouncement: Handler<PublishArgs> = {
  reads: (_, ctx) => publishKeys(ctx),
  run(tx, { b, mn }, ctx) {
    const decision = decideAnnouncing(tx, ctx, COMMANDS["announcement.publish"]);
    const body: AnnouncementEvents["announcement.publish"] = announcedOf(b);
    noteAnnouncement(tx, ctx, mn === "all");
    if (ctx.as !== 0) noteOfficialPost(tx, ctx);
    const { seq: s, atMs } = tx.emit({
      kind: "announcement.publish",
      body,
      counts: true,
      attributed: isAttributed(decision.group, ctx),
      ...(mn === undefined ? {} : { mn }),
    });
    const { g } = ctx;
    tx.put(ANNOUNCEMENTS, { g, s, title: body.title, versions: [stepOf(decision, ctx, atMs)], gone: null });
    tx.put(ANNOUNCEMENT_TEXTS, { g, s, n: 1, ...body });
  },
};
