import { type Handler, rowKey } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import type { AccountEvents, GroupOperatorsArgs } from "@guildhall/proto";
import { onlyOffered } from "../decide.ts";
import { MEMBERS } from "../membership/tables.ts";
import { putRoles, rosterKeys } from "../roster.ts";
import { GROUPS } from "./tables.ts";

/**
 * `group.operators`: what a journal reader knows of the account that owns the group. Kept only when it is newer than
 * what is known; a repeat or a late copy changes nothing. Who is no operator any more loses the roles of this group,
 * and stays a member.
 * @throws AppError `FORBIDDEN` for anybody else; `NOT_FOUND`.
 */
export const changeOperators: Handler<GroupOperatorsArgs> = {
  reads: ({ gone }, ctx) => [rowKey(GROUPS, ctx.g), ...gone.map((u) => rowKey(MEMBERS, ctx.g, u)), ...rosterKeys(ctx)],
  run(tx, { account, gone }, ctx) {
    onlyOffered(ctx);
    if (ctx.actor !== 0) throw new AppError("FORBIDDEN", "not for people");
    const group = tx.get(GROUPS, ctx.g);
    if (group === undefined) throw new AppError("NOT_FOUND", "no such group");
    const known = group.account;
    if (known == null || known.a !== account.a || known.at >= account.at) return;
    tx.put(GROUPS, { ...group, account });
    const isIn = (op: typeof account.op, u: number): boolean => op.some(([one]) => one === u);
    for (const u of gone) {
      if (!isIn(known.op, u) || isIn(account.op, u)) continue;
      const member = tx.get(MEMBERS, ctx.g, u);
      if (member !== undefined && member.roles.length > 0) putRoles(tx, member, []);
    }
    const body: AccountEvents["group.operators"] = { account: account.a, name: account.name, op: account.op };
    tx.emit({ kind: "group.operators", body, permission: true });
  },
};
