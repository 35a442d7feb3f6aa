import { type Handler, rowKey } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { mayActOnContent } from "@guildhall/model";
import { COMMANDS, type DeleteArgs, type MessageEvents } from "@guildhall/proto";
import { TIMELINE } from "@guildhall/timeline";
import { attachedKeys, removeAttached } from "../attached.ts";
import { decide, decisionKeys } from "../decide.ts";
import { ROLE_HOLDERS } from "../role/tables.ts";
import { rankOfAuthor } from "./author-rank.ts";
import { contentKey, messageAt, withoutBody } from "./content.ts";

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
    const row = messageAt(tx, ctx, s);
    const rank = rankOfAuthor(facts, tx.get(ROLE_HOLDERS, ctx.g), row);
    if (!mayActOnContent(effective.rank, rank)) throw new AppError("RANK", "author ranks higher");
    if (row.x !== 0) throw new AppError("ALREADY", `message ${s} is gone`);
    const body: MessageEvents["msg.delete"] = { s };
    const { seq } = tx.emit({ kind: "msg.delete", body });
    tx.put(TIMELINE, withoutBody(row, 2, seq));
    removeAttached(tx, ctx, s);
  },
};
