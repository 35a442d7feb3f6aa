import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type Operator, type SetOperatorArgs } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { decide, decisionKeys, gradeIn } from "../decide.ts";
import { ACCOUNTS } from "../tables.ts";
import { refuseWithoutMain } from "./last-main.ts";

/**
 * `operator.set`: a person acts for the account with this grade from now on; by a main operator. They have it in each
 * of its groups while they are members there, a moment later.
 * @throws AppError as `decide`; `ALREADY` for the same grade; `QUOTA` with `d.operators`; `LAST_OWNER` for the last
 *   main operator.
 */
export const setOperator: Handler<SetOperatorArgs> = {
  reads: (_, ctx) => decisionKeys(ctx),
  run(tx, { u, grade }, ctx) {
    const { account } = decide(tx, ctx, COMMANDS["operator.set"]);
    const before = gradeIn(account, u);
    if (before === grade) throw new AppError("ALREADY", "same grade");
    const max = LIMITS.operatorsPerAccountMax;
    if (before === undefined && account.operators.length >= max) {
      throw new AppError("QUOTA", `at most ${max} operators`, { d: { operators: max } });
    }
    const set: Operator = [u, grade];
    const operators =
      before === undefined ? [...account.operators, set] : account.operators.map((one) => (one[0] === u ? set : one));
    refuseWithoutMain(operators);
    const { atMs: changed } = tx.emit({ kind: "operator.set", body: { u, grade } });
    tx.put(ACCOUNTS, { ...account, operators, changed, gone: account.gone.filter((one) => one !== u) });
  },
};
