import type { Query, Reader } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import type { AccountArgs, AccountView } from "@guildhall/proto";
import type { Grade } from "@guildhall/proto/tables";
import { gradeIn } from "../decide.ts";
import { ACCOUNTS, type AccountRow } from "../tables.ts";

/** `account.get`: the account as an operator sees it. @throws AppError `NOT_FOUND` for anybody else. */
export const getAccount: Query<AccountArgs> = async (reader, _, { g, actor }): Promise<AccountView> => {
  const { account, grade } = await seenBy(reader, g, actor);
  const { a, name, at, operators, groups } = account;
  return { a, name, at, operators, groups, me: grade };
};

/** The account and what the actor is in it. @throws AppError `NOT_FOUND` for who is no operator. */
export async function seenBy(reader: Reader, a: number, u: number): Promise<{ account: AccountRow; grade: Grade }> {
  const account = await reader.get(ACCOUNTS, a);
  const grade = account === undefined ? undefined : gradeIn(account, u);
  if (account === undefined || grade === undefined) throw new AppError("NOT_FOUND", "no such account");
  return { account, grade };
}
