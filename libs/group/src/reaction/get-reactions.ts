import type { Query } from "@guildhall/entity";
import type { ReactionsGetArgs, ReactionsOf } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { REACTIONS, REACTORS, sectionOf } from "./tables.ts";

const MAIN_LANE = 0;

/** `reactions.get`: what is on one message, and a page of who reacted. Nothing for what is no message, or is gone. */
export const getReactions: Query<ReactionsGetArgs> = async (reader, args, { g, actor }): Promise<ReactionsOf> => {
  const { s, after = 0, lim = LIMITS.pageMax } = args;
  const row = await reader.get(REACTIONS, g, MAIN_LANE, sectionOf(s), s);
  // Rows of people outlast their message, so without counts they say nothing.
  if (row === undefined) return { counts: [], own: [], people: [], more: false };
  const own = (await reader.get(REACTORS, g, MAIN_LANE, s, actor))?.r ?? [];
  const people = await reader.scan(REACTORS, [g, MAIN_LANE, s], { from: after + 1, limit: lim + 1 });
  return {
    counts: row.counts,
    own,
    people: people.slice(0, lim).map(({ u, r }) => ({ u, r })),
    more: people.length > lim,
  };
};
