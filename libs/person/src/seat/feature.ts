import { anyTable, type Feature } from "@guildhall/entity";
import { listAccounts } from "./list-accounts.ts";
import { putSeat } from "./put-seat.ts";
import { SEATS } from "./tables.ts";

/** The accounts somebody acts for, for themselves to list. */
export const seat: Feature = {
  tables: [anyTable(SEATS)],
  commands: { "seat.put": putSeat },
  queries: { "accounts.list": listAccounts },
};
