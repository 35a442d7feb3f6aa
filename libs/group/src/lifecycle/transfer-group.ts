import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type LifecycleEvents, type TransferArgs } from "@guildhall/proto";
import { decideOn } from "../decide.ts";
import { recoveryKeys, refuseWhileOpen } from "../recovery/decide-recovery.ts";
import { putRoles, rosterKeys } from "../roster.ts";
import { GROUPS, refuseOwnedByAccount } from "./tables.ts";

/**
 * `group.transfer`: makes a member the owner. The one before becomes a plain member; the new one gives up
 * roles and any mute, which mean nothing for an owner and must not come back with a later transfer. Its end, if that was
 * announced, is announced no more.
 * @throws AppError of the rule; `NOT_FOUND` when `to` is no member; `ALREADY` when `to` is the owner;
 *   `PENDING_APPROVAL` while a recovery is open; `FORBIDDEN` with `d.account` where an account owns it.
 */
export const transferGroup: Handler<TransferArgs> = {
  reads: ({ to }, ctx) => [...recoveryKeys(ctx, to), ...rosterKeys(ctx)],
  run(tx, { to }, ctx) {
    const { group, on } = decideOn(tx, ctx, COMMANDS["group.transfer"], to);
    refuseWhileOpen(tx, ctx);
    refuseOwnedByAccount(group);
    if (to === group.owner) throw new AppError("ALREADY", "owner already");
    putRoles(tx, { ...on, mute: 0 }, []);
    tx.put(GROUPS, { ...group, owner: to, ownerHolds: on.holds ?? null, dissolveAt: 0 });
    const body: LifecycleEvents["group.transfer"] = { from: group.owner, to };
    tx.emit({ kind: "group.transfer", body, permission: true });
  },
};
