import { type Handler, rowKey } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import type { AnswerAppealArgs, AppealEvents } from "@guildhall/proto";
import { badArgs } from "../bad-args.ts";
import { onlyOffered } from "../decide.ts";
import { GROUPS } from "../lifecycle/tables.ts";
import { APPEAL_HEADS, APPEALS } from "./tables.ts";

/**
 * `appeal.answer`: the operator grants an appeal, which opens the group again, or does not, and says why. The owner is
 * mentioned.
 * @throws AppError `FORBIDDEN` for anybody else; `BAD_ARGS` without a reason; `NOT_FOUND`; `ALREADY` when it was
 *   answered.
 */
export const answerAppeal: Handler<AnswerAppealArgs> = {
  reads: ({ n }, ctx) => [rowKey(GROUPS, ctx.g), rowKey(APPEAL_HEADS, ctx.g), rowKey(APPEALS, ctx.g, n)],
  run(tx, { n, granted }, ctx) {
    onlyOffered(ctx);
    if (ctx.actor !== 0) throw new AppError("FORBIDDEN", "operators only");
    if (ctx.why.trim() === "") throw badArgs("/why", "is missing");
    const [group, appeal, head] = [tx.get(GROUPS, ctx.g), tx.get(APPEALS, ctx.g, n), tx.get(APPEAL_HEADS, ctx.g)];
    if (group === undefined || appeal === undefined || head === undefined)
      throw new AppError("NOT_FOUND", `no appeal ${n}`);
    if (appeal.answer !== null) throw new AppError("ALREADY", "answered already");
    const body: AppealEvents["appeal.answer"] = { n, granted };
    const { atMs: at } = tx.emit({ kind: "appeal.answer", body, permission: granted, mn: [group.owner] });
    tx.put(APPEALS, { ...appeal, answer: { at, granted, why: ctx.why } });
    tx.put(APPEAL_HEADS, { ...head, open: false });
    if (granted && group.state !== "dissolved") tx.put(GROUPS, { ...group, state: "active" });
  },
};
