import type { GroupCategory, GroupState } from "@guildhall/proto";
import { defineTable } from "@guildhall/store";

/** A group: its profile and what is true of all of it. */
export type GroupRow = {
  readonly g: number;
  /** The number people find it by, unique by its claim. */
  readonly number: number;
  /** The person who owns it; always a member, without roles and never muted. */
  readonly owner: number;
  readonly name: string;
  readonly category: GroupCategory;
  readonly tags: readonly string[];
  readonly intro: string;
  readonly state: GroupState;
  /** Nobody below rank 800 may write. */
  readonly muteAll: boolean;
  /** Least time between two messages of one person, ms; 0 none. */
  readonly slowMs: number;
  /** How many may be in; 0 stands for LIMITS.membersPerGroupMax. */
  readonly membersMax: number;
  /** How many rows of MEMBERS are "in". */
  readonly members: number;
  /** When it was created, ms. */
  readonly at: number;
};

export const GROUPS = defineTable<GroupRow>({
  name: "groups",
  partition: ["g"],
  clustering: [],
  columns: {
    g: "int",
    number: "int",
    owner: "int",
    name: "text",
    category: "text",
    tags: "texts",
    intro: "text",
    state: "text",
    muteAll: "bool",
    slowMs: "int",
    membersMax: "int",
    members: "int",
    at: "int",
  },
});
