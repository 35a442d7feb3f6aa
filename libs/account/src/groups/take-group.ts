import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type GroupAccount, type TakeGroupArgs } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { decide, decisionKeys, requireFreshSignIn, toldOf } from "../decide.ts";
import { ACCOUNTS, COMING_MS } from "../tables.ts";

/**
 * `account.take`: the account says yes to owning a group, for COMING_MS: to one that is made, by a main operator or an
 * admin; to one that exists, by a main operator with a fresh sign-in, and then its owner has to give it. Answers with
 * what the group is to know of the account. Shows nothing; a repeat says yes anew.
 * @throws AppError as `decide`; `QUOTA` with `d.groups`.
 */
export const takeGroup: Handler<TakeGroupArgs> = {
  reads: (_, ctx) => decisionKeys(ctx),
  run(tx, { g, made }, ctx): GroupAccount {
    const { account } = decide(tx, ctx, COMMANDS["account.take"], made ? ["main", "admin"] : ["main"]);
    if (!made) requireFreshSignIn(ctx);
    if (account.groups.includes(g)) return toldOf(account);
    const others = account.coming.filter(([one, until]) => one !== g && until > ctx.nowMs);
    const max = LIMITS.groupsPerAccountMax;
    if (account.groups.length + others.length >= max) {
      throw new AppError("QUOTA", `at most ${max} groups`, { d: { groups: max } });
    }
    tx.put(ACCOUNTS, { ...account, coming: [...others, [g, ctx.nowMs + COMING_MS]] });
    return toldOf(account);
  },
};
