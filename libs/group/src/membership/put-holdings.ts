import { type Handler, rowKey } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import type { PutHoldingsArgs } from "@guildhall/proto";
import { onlyOffered } from "../decide.ts";
import { GROUPS } from "../lifecycle/tables.ts";
import { MEMBERS } from "./tables.ts";

/**
 * `member.holdings`: what a journal reader knows a member to be entitled to. Kept only when it is newer, by the count
 * of changes, than what is known; a repeat, a late copy, and one about who is no member changes nothing.
 */
export const putHoldings: Handler<PutHoldingsArgs> = {
  reads: ({ u }, ctx) => [rowKey(GROUPS, ctx.g), rowKey(MEMBERS, ctx.g, u)],
  run(tx, { u, v, held }, ctx) {
    onlyOffered(ctx);
    if (ctx.actor !== 0) throw new AppError("FORBIDDEN", "operators only");
    const [group, member] = [tx.get(GROUPS, ctx.g), tx.get(MEMBERS, ctx.g, u)];
    if (group === undefined || member === undefined || (member.holds?.v ?? 0) >= v) return;
    const holds = { v, held };
    tx.put(MEMBERS, { ...member, holds });
    if (group.owner === u) tx.put(GROUPS, { ...group, ownerHolds: holds });
  },
};
