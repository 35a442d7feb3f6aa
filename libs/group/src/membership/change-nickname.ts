import type { Context, Handler, Tx } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type CommandSpec, type MembershipEvents, type NickArgs } from "@guildhall/proto";
import { type DecisionOn, decide, decideOn, decisionKeys, refuseMuted } from "../decide.ts";
import { nicknameOf } from "../names.ts";
import { MEMBERS } from "./tables.ts";

/** What it takes to change somebody else's. */
const ANOTHERS: CommandSpec = { ...COMMANDS["member.nick"], bit: "MANAGE_NICKNAME", onMember: true };

/**
 * `member.nick`: one's own, unless muted; another's with MANAGE_NICKNAME and a higher rank. "" removes it.
 * Two members may bear one nickname.
 * @throws AppError of the rule; `MUTED`; `NOT_FOUND` for no member; `BAD_ARGS` for what cannot be a nickname, or looks like the group's name;
 * `ALREADY`.
 */
export const changeNickname: Handler<NickArgs> = {
  reads: ({ u }, ctx) => decisionKeys(ctx, ...(u === undefined ? [] : [u])),
  run(tx, args, ctx) {
    const isOwn = args.u === undefined || args.u === ctx.actor;
    const { group, on: row } = isOwn ? own(tx, ctx) : decideOn(tx, ctx, ANOTHERS, args.u ?? 0);
    const nick = nicknameOf(args.nick, "/nick", group.name);
    if (nick === row.nick) throw new AppError("ALREADY", "same nickname");
    tx.put(MEMBERS, { ...row, nick });
    const body: MembershipEvents["member.nick"] = { u: row.u, nick };
    tx.emit({ kind: "member.nick", body });
  },
};

function own(tx: Tx, ctx: Context): Pick<DecisionOn, "group" | "on"> {
  const decision = decide(tx, ctx, COMMANDS["member.nick"]);
  refuseMuted(decision, ctx);
  return { group: decision.group, on: decision.member };
}
