import { anyTable, type Feature } from "@guildhall/entity";
import { ACCOUNTS } from "../tables.ts";
import { createAccount } from "./create-account.ts";
import { getAccount } from "./get-account.ts";
import { pageAccountActs } from "./page-acts.ts";
import { renameAccount } from "./rename-account.ts";

/** The life of an account: made, named, looked at. */
export const profile: Feature = {
  tables: [anyTable(ACCOUNTS)],
  commands: { "account.create": createAccount, "account.rename": renameAccount },
  queries: { "account.get": getAccount, "account.acts": pageAccountActs },
};
