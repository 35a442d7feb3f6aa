import type { Query } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { type AccountSeat, type AccountsList, INT53_MAX } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { SCAN_MAX } from "@guildhall/store";
import { SEATS } from "./tables.ts";

/** Scans one answer may take: with SCAN_MAX it bounds the rows of accounts left that are passed over. */
const ROUNDS_MAX = 8;

/** `accounts.list`: the accounts one acts for, by rising id, the first LIMITS.accountsPerPersonMax. @throws AppError `FORBIDDEN` for another person's. */
export const listAccounts: Query<object> = async (reader, _, { g: u, actor }): Promise<AccountsList> => {
  if (actor !== u && actor !== 0) throw new AppError("FORBIDDEN", "somebody else's accounts");
  const accounts: AccountSeat[] = [];
  let from = 1;
  for (let round = 0; round < ROUNDS_MAX && from <= INT53_MAX; round++) {
    const rows = await reader.scan(SEATS, [u], { from, limit: SCAN_MAX });
    accounts.push(...rows.filter((row) => row.in).map(({ a, name, grade }) => ({ a, name, grade })));
    const last = rows.at(-1);
    if (last === undefined || rows.length < SCAN_MAX || accounts.length >= LIMITS.accountsPerPersonMax) break;
    from = last.a + 1;
  }
  return { accounts: accounts.slice(0, LIMITS.accountsPerPersonMax) };
};
