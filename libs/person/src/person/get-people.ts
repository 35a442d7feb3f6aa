import type { Query } from "@guildhall/entity";
import type { PeopleGet, PeopleGetArgs } from "@guildhall/proto";
import { PERSONS } from "./tables.ts";

/** `people.get`: names by id, each once; ids of nobody are left out. At most LIMITS.askIdsMax rows are read at once. */
export const getPeople: Query<PeopleGetArgs> = async (reader, args): Promise<PeopleGet> => {
  const rows = await Promise.all([...new Set(args.u)].map((u) => reader.get(PERSONS, u)));
  return { people: rows.flatMap((row) => (row === undefined ? [] : [{ u: row.u, name: row.name }])) };
};
