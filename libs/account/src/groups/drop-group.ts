import type { Handler } from "@guildhall/entity";
import type { AccountGroupArgs } from "@guildhall/proto";
import { accountOf, decisionKeys } from "../decide.ts";
import { ACCOUNTS } from "../tables.ts";

/** `account.drop`: a group of the account was dissolved. Said again it changes nothing. @throws AppError `NOT_FOUND`. */
export const dropGroup: Handler<AccountGroupArgs> = {
  reads: (_, ctx) => decisionKeys(ctx),
  run(tx, { g }, ctx) {
    const account = accountOf(tx, ctx);
    if (!account.groups.includes(g)) return;
    tx.emit({ kind: "account.drop", body: { g } });
    tx.put(ACCOUNTS, { ...account, groups: account.groups.filter((one) => one !== g) });
  },
};
