import { anyTable, type Feature } from "@guildhall/entity";
import { OFFICIAL_POSTS } from "./tables.ts";

/** What is said in the voice of the group. Its commands are those of messages and pins. */
export const voice: Feature = { tables: [anyTable(OFFICIAL_POSTS)], commands: {}, queries: {} };
