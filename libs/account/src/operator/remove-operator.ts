import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type RemoveOperatorArgs } from "@guildhall/proto";
import { GRADES } from "@guildhall/proto/tables";
import { decide, decisionKeys, gradeIn, requireFreshSignIn } from "../decide.ts";
import { ACCOUNTS, GONE_MAX } from "../tables.ts";
import { refuseWithoutMain } from "./last-main.ts";

/**
 * `operator.remove`: a main operator removes another one, or any operator themselves. In all groups of the account
 * they lose their grade and their roles, a moment later, and stay members. What they did stays.
 * @throws AppError as `decide`; `NOT_FOUND` for no operator; `LAST_OWNER` for the last main operator.
 */
export const removeOperator: Handler<RemoveOperatorArgs> = {
  reads: (_, ctx) => decisionKeys(ctx),
  run(tx, { u }, ctx) {
    const isOwn = u === ctx.actor;
    const { account } = decide(tx, ctx, COMMANDS["operator.remove"], isOwn ? GRADES : ["main"]);
    if (!isOwn) requireFreshSignIn(ctx);
    if (gradeIn(account, u) === undefined) throw new AppError("NOT_FOUND", "no such operator");
    const operators = account.operators.filter(([one]) => one !== u);
    refuseWithoutMain(operators);
    const { atMs: changed } = tx.emit({ kind: "operator.remove", body: { u } });
    const gone = [...account.gone.filter((one) => one !== u), u].slice(-GONE_MAX);
    tx.put(ACCOUNTS, { ...account, operators, changed, gone });
  },
};
