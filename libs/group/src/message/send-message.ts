import { type Context, type Handler, rowKey, type Tx } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { hasBit } from "@guildhall/model";
import { COMMANDS, type SendArgs } from "@guildhall/proto";
import { decide, decisionKeys, requireBit } from "../decide.ts";
import { MEMBERS } from "../membership/tables.ts";
import { isAttributed } from "../voice/attribution.ts";
import { noteOfficialPost, officialPostKeys } from "../voice/official-posts.ts";
import { checkBody } from "./body.ts";
import { contentAt, contentKey } from "./content.ts";

/**
 * `msg.send`: a text or an action, kept as sent. Of those mentioned, the actor and who is no member are
 * left out, and each is there once. As the group there is no slow mode, but LIMITS.officialPostsPerMinute.
 * @throws AppError of the rule; `FORBIDDEN` for "all" without MENTION_ALL; `BAD_ARGS` and `TOO_LARGE` for the
 * text; `SLOW_MODE` with the time to wait for whoever is not above the group's slow mode, and for what is
 * too much as the group; `NOT_FOUND` when `re` is no message of the lane, or one whose body is gone.
 */
export const sendMessage: Handler<SendArgs> = {
  reads: ({ re, mn }, ctx) => [
    ...decisionKeys(ctx),
    ...officialPostKeys(ctx),
    ...(re === undefined ? [] : [contentKey(ctx, re)]),
    ...mentioned(mn).map((u) => rowKey(MEMBERS, ctx.g, u)),
  ],
  run(tx, { k, b, re, mn }, ctx) {
    const decision = decide(tx, ctx, COMMANDS["msg.send"]);
    if (mn === "all") requireBit(decision, "MENTION_ALL");
    checkBody(b);
    if (re !== undefined && contentAt(tx, ctx, re).x !== 0) throw new AppError("NOT_FOUND", `message ${re} is gone`);
    const slowMs = ctx.as !== 0 || hasBit(decision.effective, "BYPASS_SLOW_MODE") ? 0 : decision.group.slowMs;
    refuseHaste(ctx, slowMs);
    if (ctx.as !== 0) noteOfficialPost(tx, ctx);
    const kept = mn === "all" ? mn : members(tx, ctx, mentioned(mn));
    tx.emit({
      kind: k,
      body: b,
      counts: true,
      ...(ctx.as === 0 ? {} : { attributed: isAttributed(decision.group, ctx) }),
      ...(slowMs > 0 ? { paceForMs: slowMs } : {}),
      ...(re === undefined ? {} : { re }),
      ...(kept.length === 0 ? {} : { mn: kept }),
    });
  },
};

function refuseHaste({ nowMs, paceMs }: Context, slowMs: number): void {
  const waitMs = paceMs + slowMs - nowMs;
  if (slowMs > 0 && waitMs > 0) throw new AppError("SLOW_MODE", undefined, { retryAfterMs: waitMs });
}

function mentioned(mn: SendArgs["mn"]): number[] {
  return Array.isArray(mn) ? [...new Set(mn)] : [];
}

function members(tx: Tx, ctx: Context, people: readonly number[]): number[] {
  return people.filter((u) => u !== ctx.actor && tx.get(MEMBERS, ctx.g, u)?.state === "in");
}
