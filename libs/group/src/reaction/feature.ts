import { anyTable, type Feature } from "@guildhall/entity";
import { getReactions } from "./get-reactions.ts";
import { pageReactions } from "./page-reactions.ts";
import { reactMessage } from "./react-message.ts";
import { REACTIONS, REACTORS } from "./tables.ts";

/** Emoji that members put on messages. */
export const reaction: Feature = {
  tables: [anyTable(REACTIONS), anyTable(REACTORS)],
  commands: { "msg.react": reactMessage },
  queries: { "reactions.get": getReactions, "reactions.page": pageReactions },
};
