import { rowKey } from "@guildhall/entity";
import { KEPT_REFUSALS, type Offices, templateOf } from "@guildhall/group";
import { gradeIn } from "./decide.ts";
import { ACCOUNTS } from "./tables.ts";

/**
 * Whose acts are kept in the record of an account. Refusals of who was an operator are kept, too: to them the account
 * is not found.
 */
export const ACCOUNT_OFFICES: Offices = {
  keys: ({ g }) => [rowKey(ACCOUNTS, g)],
  of(tx, { g, actor }) {
    const account = tx.get(ACCOUNTS, g);
    const grade = account === undefined ? undefined : gradeIn(account, actor);
    return { u: actor, owner: grade === "main", roles: [...templateOf(grade)] };
  },
  isIn(tx, { g, actor }) {
    const account = tx.get(ACCOUNTS, g);
    return account !== undefined && (gradeIn(account, actor) !== undefined || account.gone.includes(actor));
  },
  refusals: [...KEPT_REFUSALS, "NOT_FOUND", "LAST_OWNER"],
  kept: new Map([[ACCOUNTS.name, ["name", "operators", "groups", "coming"]]]),
};
