import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type DissolveArgs, type LifecycleEvents } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { decide, decisionKeys } from "../decide.ts";
import { recoveryKeys, refuseWhileOpen } from "../recovery/decide-recovery.ts";
import { GROUPS } from "./tables.ts";

/**
 * `dissolution.announce`: the owner says that the group is to end; from LIMITS.dissolutionDelayMs later on they can
 * dissolve it. Everybody is mentioned.
 * @throws AppError of the rule; `ALREADY`; `PENDING_APPROVAL` while a recovery is open.
 */
export const announceDissolution: Handler<DissolveArgs> = {
  reads: (_, ctx) => recoveryKeys(ctx),
  run(tx, _, ctx) {
    const { group } = decide(tx, ctx, COMMANDS["dissolution.announce"]);
    refuseWhileOpen(tx, ctx);
    if ((group.dissolveAt ?? 0) !== 0) throw new AppError("ALREADY", "announced already");
    const due = ctx.nowMs + LIMITS.dissolutionDelayMs;
    tx.put(GROUPS, { ...group, dissolveAt: due });
    const body: LifecycleEvents["dissolution.announce"] = { due };
    tx.emit({ kind: "dissolution.announce", body, mn: "all" });
  },
};

/** `dissolution.cancel`: the owner lets the group go on. @throws AppError of the rule; `ALREADY` when it does. */
export const cancelDissolution: Handler<DissolveArgs> = {
  reads: (_, ctx) => decisionKeys(ctx),
  run(tx, _, ctx) {
    const { group } = decide(tx, ctx, COMMANDS["dissolution.cancel"]);
    if ((group.dissolveAt ?? 0) === 0) throw new AppError("ALREADY", "none was announced");
    tx.put(GROUPS, { ...group, dissolveAt: 0 });
    const body: LifecycleEvents["dissolution.cancel"] = {};
    tx.emit({ kind: "dissolution.cancel", body, mn: "all" });
  },
};
