import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type RecoveryArgs, type RecoveryEvents } from "@guildhall/proto";
import { decide } from "../decide.ts";
import { caseOf, recoveryKeys } from "./decide-recovery.ts";
import { RECOVERIES } from "./tables.ts";

/**
 * `recovery.veto`: ends a case. The owner may at any time before it is finished, where the password was last given
 * before the case was opened: who has got hold of the account since signs in anew. Whoever opened it may take it back.
 * @throws AppError of the rule; `FORBIDDEN` for anybody else, with `d.since` for a sign-in that is too new; `NOT_FOUND`.
 */
export const vetoRecovery: Handler<RecoveryArgs> = {
  reads: (_, ctx) => recoveryKeys(ctx),
  run(tx, { s }, ctx) {
    const { group } = decide(tx, ctx, COMMANDS["recovery.veto"]);
    const { at, by, guardians } = caseOf(tx, ctx, s);
    if (ctx.actor !== by && ctx.actor !== group.owner)
      throw new AppError("FORBIDDEN", "owner only", { d: { owner: true } });
    if (ctx.actor !== by && ctx.authMs >= at)
      throw new AppError("FORBIDDEN", "a sign-in from before the case was opened is needed", { d: { since: at } });
    tx.put(RECOVERIES, { g: ctx.g, open: null });
    const body: RecoveryEvents["recovery.veto"] = { s };
    tx.emit({ kind: "recovery.veto", body, mn: [group.owner, ...guardians.u] });
  },
};
