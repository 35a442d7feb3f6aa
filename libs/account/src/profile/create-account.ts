import { type Handler, rowKey } from "@guildhall/entity";
import { nameOf } from "@guildhall/group";
import { AppError } from "@guildhall/kernel";
import type { NewAccountArgs } from "@guildhall/proto";
import { onlyOffered } from "../decide.ts";
import { ACCOUNTS } from "../tables.ts";

/**
 * `account.create`: an account that acts through its operators alone, of whom the actor is the first, a main one.
 * @throws AppError `CONFLICT` when the id is taken; `BAD_ARGS` for what cannot be a name.
 */
export const createAccount: Handler<NewAccountArgs> = {
  reads: (_, ctx) => [rowKey(ACCOUNTS, ctx.g)],
  run(tx, args, ctx) {
    onlyOffered(ctx);
    if (ctx.actor === 0) throw new AppError("UNAUTHENTICATED", "an account needs an operator");
    if (tx.get(ACCOUNTS, ctx.g) !== undefined) throw new AppError("CONFLICT", "account exists");
    const name = nameOf(args.name, "/name");
    const { atMs: at } = tx.emit({ kind: "account.create", body: { name } });
    const operators = [[ctx.actor, "main"]] as const;
    tx.put(ACCOUNTS, { a: ctx.g, name, at, operators, changed: at, gone: [], groups: [], coming: [] });
  },
};
