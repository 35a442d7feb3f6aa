import { type Handler, rowKey } from "@guildhall/entity";
import { type AuditOpened, COMMANDS, type OpenAuditArgs } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { decide, decisionKeys } from "../decide.ts";
import { AUDIT_READERS } from "./tables.ts";

/** `audit.open`: the actor may read acts for a while, and that they did is on record. Shows nothing. */
export const openAudit: Handler<OpenAuditArgs> = {
  reads: (_, ctx) => [...decisionKeys(ctx), rowKey(AUDIT_READERS, ctx.g, ctx.actor)],
  run(tx, _, ctx): AuditOpened {
    decide(tx, ctx, COMMANDS["audit.open"]);
    const { g, actor: u, nowMs } = ctx;
    const known = tx.get(AUDIT_READERS, g, u);
    if (known !== undefined && known.until > nowMs) return { until: known.until };
    const until = nowMs + LIMITS.auditOpenMs;
    tx.put(AUDIT_READERS, { g, u, until });
    return { until };
  },
};
