import { type Handler, rowKey } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type MembershipEvents, type UnbanArgs } from "@guildhall/proto";
import { decideAbout, decisionKeys } from "../decide.ts";
import { BANS } from "./tables.ts";

/** `member.unban`: they may join again. @throws AppError of the rule; `ALREADY` when there is no ban, not even one whose time has passed. */
export const unbanMember: Handler<UnbanArgs> = {
  reads: ({ u }, ctx) => [...decisionKeys(ctx, u), rowKey(BANS, ctx.g, u)],
  run(tx, { u }, ctx) {
    decideAbout(tx, ctx, COMMANDS["member.unban"], u);
    if (tx.get(BANS, ctx.g, u) === undefined) throw new AppError("ALREADY", "not banned");
    tx.delete(BANS, ctx.g, u);
    const body: MembershipEvents["member.unban"] = { u };
    tx.emit({ kind: "member.unban", body });
  },
};
