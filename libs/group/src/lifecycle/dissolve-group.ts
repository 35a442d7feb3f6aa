import type { Context, Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type DissolveArgs, type LifecycleEvents } from "@guildhall/proto";
import { decide } from "../decide.ts";
import { recoveryKeys, refuseWhileOpen } from "../recovery/decide-recovery.ts";
import { GROUPS, type GroupRow } from "./tables.ts";

/**
 * `group.dissolve`: ends the group for good. Members may read on, and nothing else.
 * @throws AppError of the rule; `PENDING_APPROVAL` while a recovery is open, and with `d.due` before the time that was
 *   announced, 0 where none was. Who is alone in the group need not announce it.
 */
export const dissolveGroup: Handler<DissolveArgs> = {
  reads: (_, ctx) => recoveryKeys(ctx),
  run(tx, _, ctx) {
    const { group } = decide(tx, ctx, COMMANDS["group.dissolve"]);
    refuseWhileOpen(tx, ctx);
    refuseEarly(group, ctx);
    tx.put(GROUPS, { ...group, state: "dissolved" });
    const body: LifecycleEvents["group.dissolve"] = {};
    tx.emit({ kind: "group.dissolve", body, permission: true });
  },
};

function refuseEarly({ members, dissolveAt }: GroupRow, { nowMs }: Context): void {
  const due = dissolveAt ?? 0;
  if (members <= 1 || (due !== 0 && nowMs >= due)) return;
  throw new AppError("PENDING_APPROVAL", "the waiting time is not over", { d: { due } });
}
