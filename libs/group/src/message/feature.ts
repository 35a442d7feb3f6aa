import type { Feature } from "@guildhall/entity";
import { deleteMessage } from "./delete-message.ts";
import { editMessage } from "./edit-message.ts";
import { recallMessage } from "./recall-message.ts";
import { sendMessage } from "./send-message.ts";

/** What is said in a group. Its table is the timeline, which the owner of a group writes. */
export const message: Feature = {
  tables: [],
  commands: {
    "msg.send": sendMessage,
    "msg.edit": editMessage,
    "msg.recall": recallMessage,
    "msg.delete": deleteMessage,
  },
  queries: {},
};
