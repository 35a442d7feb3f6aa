import { type Context, type Handler, rowKey, type Tx } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type ReactArgs, type ReactionCount, type ReactionEvents } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { badArgs } from "../bad-args.ts";
import { decide, decisionKeys } from "../decide.ts";
import { contentAt, contentKey } from "../message/content.ts";
import { isEmoji } from "./emoji.ts";
import { REACTIONS, REACTORS, sectionOf } from "./tables.ts";

/**
 * `msg.react`: puts one emoji of the actor on a message, or takes it back. It counts as no message.
 * @throws AppError of the rule; `BAD_ARGS` for what is no emoji; `NOT_FOUND` when there is no message or its body
 * is gone; `ALREADY` when nothing changes; `QUOTA` above LIMITS.reactionKindsMax different ones.
 */
export const reactMessage: Handler<ReactArgs> = {
  reads: ({ s }, ctx) => [
    ...decisionKeys(ctx),
    contentKey(ctx, s),
    rowKey(REACTIONS, ctx.g, ctx.lane, sectionOf(s), s),
    rowKey(REACTORS, ctx.g, ctx.lane, s, ctx.actor),
  ],
  run(tx, { s, r, on }, ctx) {
    decide(tx, ctx, COMMANDS["msg.react"]);
    if (!isEmoji(r)) throw badArgs("/r", "is not one emoji");
    if (contentAt(tx, ctx, s).x !== 0) throw new AppError("NOT_FOUND", `message ${s} is gone`);
    const { g, lane: l } = ctx;
    const own = tx.get(REACTORS, g, l, s, ctx.actor)?.r ?? [];
    if (own.includes(r) === on) throw new AppError("ALREADY", on ? "has reacted so" : "has not reacted so");
    const sec = sectionOf(s);
    const counts = counted(tx.get(REACTIONS, g, l, sec, s)?.counts ?? [], r, on);
    if (counts.length > LIMITS.reactionKindsMax) throw new AppError("QUOTA", "too many different reactions");
    if (counts.length === 0) tx.delete(REACTIONS, g, l, sec, s);
    else tx.put(REACTIONS, { g, l, sec, s, counts });
    putOwn(tx, ctx, s, on ? [...own, r] : own.filter((one) => one !== r));
    const body: ReactionEvents["msg.react"] = { s, r, on };
    tx.emit({ kind: "msg.react", body });
  },
};

function putOwn(tx: Tx, { g, lane: l, actor: u }: Context, s: number, r: readonly string[]): void {
  if (r.length === 0) tx.delete(REACTORS, g, l, s, u);
  else tx.put(REACTORS, { g, l, s, u, r });
}

/** The counts after one more, or one less, of `r`. */
function counted(counts: readonly ReactionCount[], r: string, more: boolean): ReactionCount[] {
  if (more && !counts.some(([kind]) => kind === r)) return [...counts, [r, 1]];
  return counts
    .map(([kind, n]): ReactionCount => [kind, kind === r ? n + (more ? 1 : -1) : n])
    .filter(([, n]) => n > 0);
}
