import { type Context, type RowKey, rowKey, type Tx } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import type { AnnouncementBody, CommandSpec } from "@guildhall/proto";
import { type Decision, decide, decisionKeys } from "../decide.ts";
import { checkBody } from "../message/body.ts";
import { announcementAt, contentKey } from "../message/content.ts";
import { nameOf } from "../names.ts";
import { isAttributed } from "../voice/attribution.ts";
import { officialPostKeys } from "../voice/official-posts.ts";
import { ANNOUNCEMENT_PACE, ANNOUNCEMENTS, type AnnouncementRow, type Step } from "./tables.ts";

export function publishKeys(ctx: Context): RowKey[] {
  return [...decisionKeys(ctx), ...officialPostKeys(ctx), rowKey(ANNOUNCEMENT_PACE, ctx.g)];
}

/** What a change of the announcement at `s` reads. */
export function changeKeys(ctx: Context, s: number): RowKey[] {
  return [...decisionKeys(ctx), contentKey(ctx, s), rowKey(ANNOUNCEMENTS, ctx.g, s)];
}

/**
 * The right to say something as an announcement.
 * @throws AppError of the rule; `FORBIDDEN` with `d.official` in one's own name in a group that announces as itself only.
 */
export function decideAnnouncing(tx: Tx, ctx: Context, spec: CommandSpec): Decision {
  const decision = decide(tx, ctx, spec);
  if (ctx.as === 0 && decision.group.official === true)
    throw new AppError("FORBIDDEN", "announced as the group only", { d: { official: true } });
  return decision;
}

/** One that stands. @throws AppError `NOT_FOUND` when there is none; `ALREADY` when it was withdrawn. */
export function standingAt(tx: Tx, ctx: Context, s: number): AnnouncementRow {
  announcementAt(tx, ctx, s);
  const row = tx.get(ANNOUNCEMENTS, ctx.g, s);
  if (row === undefined) throw new AppError("NOT_FOUND", `no announcement at ${s}`);
  if (row.gone !== null) throw new AppError("ALREADY", `announcement ${s} was withdrawn`);
  return row;
}

/** What is announced, as it is kept. @throws AppError as `nameOf` for the title and `checkBody` for the text. */
export function announcedOf(body: AnnouncementBody): AnnouncementBody {
  checkBody(body);
  return { title: nameOf(body.title, "/b/title"), t: body.t };
}

export function stepOf({ group }: Decision, ctx: Context, at: number): Step {
  return { u: ctx.actor, at, as: isAttributed(group, ctx) ? 2 : ctx.as };
}
