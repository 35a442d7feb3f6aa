import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { policyOf } from "@guildhall/model";
import { COMMANDS, type MessageEvents, type RecallArgs } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { TIMELINE } from "@guildhall/timeline";
import { attachedKeys, removeAttached } from "../attached.ts";
import { decide, decisionKeys, refuseMuted } from "../decide.ts";
import { isAttributed } from "../voice/attribution.ts";
import { contentKey, ownContentAt, refuseLate, withoutBody } from "./content.ts";

/**
 * `msg.recall`: takes back a message of one's own. No bit, but not while muted, and only by whom the policy lets.
 * As the group: one that was said as the group, whoever spoke for it.
 * @throws AppError of the rule; `MUTED`; `NOT_FOUND`; `FORBIDDEN` for another's; `ALREADY` when its body is gone;
 * `WINDOW_CLOSED` after the window of the policy and the grace for the way here.
 */
export const recallMessage: Handler<RecallArgs> = {
  reads: ({ s }, ctx) => [...decisionKeys(ctx), contentKey(ctx, s), ...attachedKeys(ctx, s)],
  run(tx, { s }, ctx) {
    const decision = decide(tx, ctx, COMMANDS["msg.recall"]);
    refuseMuted(decision, ctx);
    const row = ownContentAt(tx, ctx, s);
    if (row.x !== 0) throw new AppError("ALREADY", `message ${s} is gone`);
    const { windowMs } = policyOf(decision.facts).recall;
    if (windowMs !== null) refuseLate(row, ctx, windowMs, LIMITS.recallGraceMs);
    const body: MessageEvents["msg.recall"] = { s };
    const { seq } = tx.emit({ kind: "msg.recall", body, attributed: isAttributed(decision.group, ctx) });
    tx.put(TIMELINE, withoutBody(row, 1, seq));
    removeAttached(tx, ctx, s);
  },
};
