import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { seeded } from "@guildhall/kernel/seeded";
import { COMMANDS, type EditArgs, type MessageEvents, type TextBody } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { TIMELINE } from "@guildhall/timeline";
import { decide, decisionKeys } from "../decide.ts";
import { isAttributed } from "../voice/attribution.ts";
import { checkBody } from "./body.ts";
import { contentKey, ownContentAt, refuseLate } from "./content.ts";

/**
 * `msg.edit`: another text for a message of one's own; kind, reply and mentions stay. As the group:
 * of one that was said as the group, whoever spoke for it.
 * @throws AppError of the rule; `NOT_FOUND` when there is none or its body is gone; `FORBIDDEN` for another's;
 * `WINDOW_CLOSED` after LIMITS.editWindowMs; `BAD_ARGS` and `TOO_LARGE` for the text; `ALREADY` for the same text;
 * `QUOTA` after LIMITS.editsPerMessageMax.
 */
export const editMessage: Handler<EditArgs> = {
  reads: ({ s }, ctx) => [...decisionKeys(ctx), contentKey(ctx, s)],
  run(tx, { s, b }, ctx) {
    const { group } = decide(tx, ctx, COMMANDS["msg.edit"]);
    const row = ownContentAt(tx, ctx, s);
    if (row.x !== 0) throw new AppError("NOT_FOUND", `message ${s} is gone`);
    refuseLate(row, ctx, LIMITS.editWindowMs, 0);
    checkBody(b);
    if ((row.b as TextBody).t === b.t) throw new AppError("ALREADY", "same text");
    if (row.edits >= LIMITS.editsPerMessageMax) throw new AppError("QUOTA", "too many edits");
    const body: MessageEvents["msg.edit"] = { s, b };
    const { seq } = tx.emit({ kind: "msg.edit", body, attributed: isAttributed(group, ctx) });
    tx.put(TIMELINE, { ...row, b, rev: seeded("rule-11-rev") ? row.rev : seq, edits: row.edits + 1 });
  },
};
