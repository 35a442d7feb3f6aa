import type { Query } from "@guildhall/entity";
import type { BansListArgs, BansPage } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { BANS } from "./tables.ts";

/** `bans.list`: a page of bans by rising id, with those whose time has passed and who have not joined again. */
export const listBans: Query<BansListArgs> = async (reader, args, { g }): Promise<BansPage> => {
  const { after = 0, lim = LIMITS.pageMax } = args;
  // One more than wanted, to know whether another page follows.
  const rows = await reader.scan(BANS, [g], { from: after + 1, limit: lim + 1 });
  return {
    bans: rows.slice(0, lim).map(({ u, until, by, at, why }) => ({ u, until, by, at, why })),
    more: rows.length > lim,
  };
};
