import type { Handler } from "@guildhall/entity";
import { COMMANDS, type DissolveArgs, type LifecycleEvents } from "@guildhall/proto";
import { decide } from "../decide.ts";
import { recoveryKeys, refuseWhileOpen } from "../recovery/decide-recovery.ts";
import { GROUPS } from "./tables.ts";

/**
 * `group.dissolve`: ends the group for good. Members may read on, and nothing else.
 * @throws AppError of the rule; `PENDING_APPROVAL` while a recovery is open.
 */
export const dissolveGroup: Handler<DissolveArgs> = {
  reads: (_, ctx) => recoveryKeys(ctx),
  run(tx, _, ctx) {
    const { group } = decide(tx, ctx, COMMANDS["group.dissolve"]);
    refuseWhileOpen(tx, ctx);
    tx.put(GROUPS, { ...group, state: "dissolved" });
    const body: LifecycleEvents["group.dissolve"] = {};
    tx.emit({ kind: "group.dissolve", body, permission: true });
  },
};
