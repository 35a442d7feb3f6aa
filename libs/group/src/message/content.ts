import { type Context, type RowKey, rowKey, type Tx } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { CONTENT_KINDS, type EventKind } from "@guildhall/proto";
import { TIMELINE, type TimelineRow } from "@guildhall/timeline";

/** Names the row of seq `s` in the command's lane. Bucket 0: the owner finds the right one. */
export function contentKey(ctx: Context, s: number): RowKey {
  return rowKey(TIMELINE, ctx.g, ctx.lane, 0, s);
}

/** The kind of an announcement: what members do with messages they do with it, but it has commands of its own. */
const ANNOUNCEMENT: EventKind = "announcement.publish";

/**
 * The message or announcement at `s`, also one whose body is gone.
 * @throws AppError `NOT_FOUND` when `s` is none, or neither.
 */
export function contentAt(tx: Tx, ctx: Context, s: number): TimelineRow {
  const row = tx.get(TIMELINE, ctx.g, ctx.lane, 0, s);
  if (row === undefined || !(Object.hasOwn(CONTENT_KINDS, row.k) || row.k === ANNOUNCEMENT))
    throw new AppError("NOT_FOUND", `no message at ${s}`);
  return row;
}

/** The message at `s`. @throws AppError as `contentAt`, and for an announcement. */
export function messageAt(tx: Tx, ctx: Context, s: number): TimelineRow {
  const row = contentAt(tx, ctx, s);
  if (row.k === ANNOUNCEMENT) throw new AppError("NOT_FOUND", "an announcement is no message");
  return row;
}

/** The announcement that was published at `s`. @throws AppError as `contentAt`, and for a message. */
export function announcementAt(tx: Tx, ctx: Context, s: number): TimelineRow {
  const row = contentAt(tx, ctx, s);
  if (row.k !== ANNOUNCEMENT) throw new AppError("NOT_FOUND", "a message is no announcement");
  return row;
}

/** Whether it was said in the voice of the command: by the actor, or by whomever as the group. */
export function isOwnVoice(row: TimelineRow, ctx: Context): boolean {
  return ctx.as === 0 ? row.as === 0 && row.u === ctx.actor : row.as !== 0;
}

/**
 * The message at `s`, said in the voice of the command.
 * @throws AppError `NOT_FOUND`; `FORBIDDEN` when it was said in another voice.
 */
export function ownContentAt(tx: Tx, ctx: Context, s: number): TimelineRow {
  const row = messageAt(tx, ctx, s);
  if (!isOwnVoice(row, ctx)) throw new AppError("FORBIDDEN", "somebody else's message");
  return row;
}

/** @throws AppError `WINDOW_CLOSED` with the time now and the window when `row` is older than that and `graceMs`. */
export function refuseLate(row: TimelineRow, ctx: Context, windowMs: number, graceMs: number): void {
  if (ctx.nowMs - row.at <= windowMs + graceMs) return;
  throw new AppError("WINDOW_CLOSED", undefined, { d: { ts: ctx.nowMs, window: windowMs } });
}

/** A message whose body is gone: seq, time, author and nonce stay. `x`: 1 recalled, 2 deleted. */
export function withoutBody(row: TimelineRow, x: 1 | 2, rev: number): TimelineRow {
  return { ...row, b: {}, mn: null, x, rev };
}
