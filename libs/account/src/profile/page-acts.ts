import type { Query } from "@guildhall/entity";
import { pageActs } from "@guildhall/group";
import { AppError } from "@guildhall/kernel";
import type { AccountActs, AccountActsArgs } from "@guildhall/proto";
import { seenBy } from "./get-account.ts";

/**
 * `account.acts`: what was done by power of office in the account itself, for its main operators.
 * @throws AppError `NOT_FOUND` for who is no operator; `FORBIDDEN` with `d.grades`; `BAD_ARGS` for both directions.
 */
export const pageAccountActs: Query<AccountActsArgs> = async (reader, args, { g, actor }): Promise<AccountActs> => {
  const { grade } = await seenBy(reader, g, actor);
  if (grade !== "main") throw new AppError("FORBIDDEN", `not as ${grade}`, { d: { grades: ["main"] } });
  const { a: _, ...page } = args;
  if (page.after !== undefined && page.before !== undefined) {
    throw new AppError("BAD_ARGS", "/before does not go with after", { d: { path: "/before" } });
  }
  return await pageActs(reader, page, g);
};
