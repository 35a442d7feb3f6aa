import { defineTable } from "@guildhall/store";

/** When a group's newest posts in its own voice were, ms, oldest first: at most LIMITS.officialPostsPerMinute. */
export type OfficialPostsRow = { readonly g: number; readonly ats: readonly number[] };

export const OFFICIAL_POSTS = defineTable<OfficialPostsRow>({
  name: "official_posts",
  partition: ["g"],
  clustering: [],
  columns: { g: "int", ats: "ints" },
});
