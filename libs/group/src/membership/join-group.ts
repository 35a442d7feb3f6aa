import { type Context, type Handler, rowKey, type Tx } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { membersMaxOf } from "@guildhall/model";
import type { JoinArgs, MembershipEvents } from "@guildhall/proto";
import { onlyOffered } from "../decide.ts";
import { GROUPS, type GroupRow, policyNameOf } from "../lifecycle/tables.ts";
import { nicknameOf } from "../names.ts";
import { BANS, MEMBERS, NO_END } from "./tables.ts";

/**
 * `member.join`: the actor becomes a plain member. A mute from before still binds; nickname and roles
 * from before are gone.
 * @throws AppError `NOT_FOUND`, `FROZEN` when the group is not active, `ALREADY`, `BANNED` with `d.until` (0: for
 * good), `BAD_ARGS` for the nickname, `GROUP_FULL` with `d.max`.
 */
export const joinGroup: Handler<JoinArgs> = {
  reads: (_, ctx) => [rowKey(GROUPS, ctx.g), rowKey(MEMBERS, ctx.g, ctx.actor), rowKey(BANS, ctx.g, ctx.actor)],
  run(tx, args, ctx) {
    onlyOffered(ctx);
    if (ctx.actor === 0) throw new AppError("UNAUTHENTICATED", "the system joins no group");
    const { g, actor: u } = ctx;
    const group = tx.get(GROUPS, g);
    if (group === undefined) throw new AppError("NOT_FOUND", "no such group");
    if (group.state !== "active") throw new AppError("FROZEN", group.state);
    const before = tx.get(MEMBERS, g, u);
    if (before?.state === "in") throw new AppError("ALREADY", "member already");
    refuseBanned(tx, ctx);
    const nick = nicknameOf(args.nick ?? "", "/nick", group.name);
    if (!isOperator(group, u)) refuseFull(group, ctx.nowMs);
    const body: MembershipEvents["member.join"] = { u, nick };
    const { seq, atMs: at } = tx.emit({ kind: "member.join", body, permission: true });
    tx.put(MEMBERS, {
      g,
      u,
      state: "in",
      nick,
      roles: [],
      mute: before?.mute ?? 0,
      at,
      seq,
      holds: before?.holds ?? null,
    });
    tx.put(GROUPS, { ...group, members: group.members + 1 });
  },
};

/** Of the account that owns the group: nobody keeps them out by filling it. */
function isOperator({ account }: GroupRow, u: number): boolean {
  return account != null && account.op.some(([one]) => one === u);
}

/** The cap holds for whoever comes next: nobody is put out where it was lowered. */
function refuseFull(group: GroupRow, nowMs: number): void {
  const max = membersMaxOf({ policy: policyNameOf(group) }, group.membersMax, group.ownerHolds?.held ?? {}, nowMs);
  if (group.members >= max) throw new AppError("GROUP_FULL", undefined, { d: { axis: "members", max } });
}

/** A ban whose time has passed goes with the joining. */
function refuseBanned(tx: Tx, { g, actor, nowMs }: Context): void {
  const ban = tx.get(BANS, g, actor);
  if (ban === undefined) return;
  if (ban.until === NO_END || ban.until > nowMs) throw new AppError("BANNED", undefined, { d: { until: ban.until } });
  tx.delete(BANS, g, actor);
}
