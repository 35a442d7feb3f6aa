import type { Handler } from "@guildhall/entity";
import type { AccountGroupArgs } from "@guildhall/proto";
import { accountOf, decisionKeys } from "../decide.ts";
import { ACCOUNTS } from "../tables.ts";

/**
 * `account.confirm`: the group says that it belongs to the account, also after the account's yes has lapsed. Said
 * again it changes nothing.
 * @throws AppError `NOT_FOUND`.
 */
export const confirmGroup: Handler<AccountGroupArgs> = {
  reads: (_, ctx) => decisionKeys(ctx),
  run(tx, { g }, ctx) {
    const account = accountOf(tx, ctx);
    if (account.groups.includes(g)) return;
    tx.emit({ kind: "account.confirm", body: { g } });
    const coming = account.coming.filter(([one]) => one !== g);
    tx.put(ACCOUNTS, { ...account, groups: [...account.groups, g], coming });
  },
};
