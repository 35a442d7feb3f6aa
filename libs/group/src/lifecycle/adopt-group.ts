import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { type AccountEvents, type AdoptArgs, COMMANDS } from "@guildhall/proto";
import { decide } from "../decide.ts";
import { recoveryKeys, refuseWhileOpen } from "../recovery/decide-recovery.ts";
import { GUARDIANS } from "../recovery/tables.ts";
import { GROUPS } from "./tables.ts";

/**
 * `group.adopt`: the owner gives the group to an account that has said yes. Number, members, roles, history stay; the
 * owner before is a plain member, and what they are in the account. Guardians are for groups of people: they end.
 * @throws AppError of the rule; `ALREADY` where an account owns it; `PENDING_APPROVAL` while a recovery is open.
 */
export const adoptGroup: Handler<AdoptArgs> = {
  reads: (_, ctx) => recoveryKeys(ctx),
  run(tx, { account }, ctx) {
    const { group } = decide(tx, ctx, COMMANDS["group.adopt"]);
    refuseWhileOpen(tx, ctx);
    if (group.account != null) throw new AppError("ALREADY", "an account owns it", { d: { account: group.account.a } });
    tx.put(GROUPS, { ...group, owner: account.a, account, ownerHolds: null, dissolveAt: 0 });
    if (tx.get(GUARDIANS, ctx.g) !== undefined) tx.delete(GUARDIANS, ctx.g);
    const body: AccountEvents["group.adopt"] = { from: group.owner, account: account.a, name: account.name };
    tx.emit({ kind: "group.adopt", body, permission: true });
  },
};
