import type { Handler } from "@guildhall/entity";
import { nameOf } from "@guildhall/group";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type NewAccountArgs } from "@guildhall/proto";
import { decide, decisionKeys } from "../decide.ts";
import { ACCOUNTS } from "../tables.ts";

/**
 * `account.rename`: another name, in all its groups a moment later; by a main operator.
 * @throws AppError as `decide`; `BAD_ARGS` for what cannot be a name; `ALREADY` for the same.
 */
export const renameAccount: Handler<NewAccountArgs> = {
  reads: (_, ctx) => decisionKeys(ctx),
  run(tx, args, ctx) {
    const { account } = decide(tx, ctx, COMMANDS["account.rename"]);
    const name = nameOf(args.name, "/name");
    if (name === account.name) throw new AppError("ALREADY", "same name");
    const { atMs: changed } = tx.emit({ kind: "account.rename", body: { name } });
    tx.put(ACCOUNTS, { ...account, name, changed });
  },
};
