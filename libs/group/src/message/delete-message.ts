import { type Handler, rowKey } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { EDITOR_CONTENT_RANK, mayActOnContent, rankOf } from "@guildhall/model";
import { COMMANDS, type DeleteArgs, type GroupFacts, type MessageEvents } from "@guildhall/proto";
import { TIMELINE, type TimelineRow } from "@guildhall/timeline";
import { attachedKeys, removeAttached } from "../attached.ts";
import { decide, decisionKeys } from "../decide.ts";
import { type HoldersRow, ROLE_HOLDERS } from "../role/tables.ts";
import { contentAt, contentKey, withoutBody } from "./content.ts";

/**
 * `msg.delete`: a moderator removes a message of any age (H2: of somebody whose rank now is not above; what was
 * said as the group counts as EDITOR_CONTENT_RANK).
 * @throws AppError of the rule; `NOT_FOUND`; `RANK`; `ALREADY` when its body is gone.
 */
export const deleteMessage: Handler<DeleteArgs> = {
  reads: ({ s }, ctx) => [
    ...decisionKeys(ctx),
    contentKey(ctx, s),
    rowKey(ROLE_HOLDERS, ctx.g),
    ...attachedKeys(ctx, s),
  ],
  run(tx, { s }, ctx) {
    const { facts, effective } = decide(tx, ctx, COMMANDS["msg.delete"]);
    const row = contentAt(tx, ctx, s);
    const rank = rankOfAuthor(facts, tx.get(ROLE_HOLDERS, ctx.g), row);
    if (!mayActOnContent(effective.rank, rank)) throw new AppError("RANK", "author ranks higher");
    if (row.x !== 0) throw new AppError("ALREADY", `message ${s} is gone`);
    const body: MessageEvents["msg.delete"] = { s };
    const { seq } = tx.emit({ kind: "msg.delete", body });
    tx.put(TIMELINE, withoutBody(row, 2, seq));
    removeAttached(tx, ctx, s);
  },
};

/**
 * The author's rank now. Who is not among the holders has the rank of the Member role; for somebody who has
 * left that is too high, and decides nothing, because no actor ranks below it.
 */
function rankOfAuthor(facts: GroupFacts, holders: HoldersRow | undefined, row: TimelineRow): number {
  if (row.as !== 0) return EDITOR_CONTENT_RANK;
  const roles = holders?.list.find(([u]) => u === row.u)?.[1] ?? [];
  return rankOf(facts, { roles, mute: 0 }, row.u);
}
