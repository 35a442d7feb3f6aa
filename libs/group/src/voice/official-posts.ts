import { type Context, type RowKey, rowKey, type Tx } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { LIMITS } from "@guildhall/proto/tables";
import { OFFICIAL_POSTS } from "./tables.ts";

const MINUTE_MS = 60_000;

/** What a post as the group reads besides; of one in one's own voice nothing. */
export function officialPostKeys(ctx: Context): RowKey[] {
  return ctx.as === 0 ? [] : [rowKey(OFFICIAL_POSTS, ctx.g)];
}

/** Counts one more. @throws AppError `SLOW_MODE` with the time to wait after LIMITS.officialPostsPerMinute in a minute. */
export function noteOfficialPost(tx: Tx, { g, nowMs }: Context): void {
  const recent = (tx.get(OFFICIAL_POSTS, g)?.ats ?? []).filter((at) => nowMs - at < MINUTE_MS);
  const [oldest = nowMs] = recent;
  if (recent.length >= LIMITS.officialPostsPerMinute) {
    const retryAfterMs = oldest + MINUTE_MS - nowMs;
    throw new AppError("SLOW_MODE", "too many posts as the group", { retryAfterMs, d: { scope: "group" } });
  }
  tx.put(OFFICIAL_POSTS, { g, ats: [...recent, nowMs] });
}
