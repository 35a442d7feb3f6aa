import type { ProfileVersion } from "@guildhall/proto";
import { defineTable } from "@guildhall/store";

/** How many versions there are of a group's name, picture and intro, and when the newest were made, ms, oldest first. */
export type ProfileHeadRow = { readonly g: number; readonly n: number; readonly ats: readonly number[] };

export const PROFILE_HEADS = defineTable<ProfileHeadRow>({
  name: "profile_heads",
  partition: ["g"],
  clustering: [],
  columns: { g: "int", n: "int", ats: "ints" },
});

/** Every version: at most LIMITS.profileChangesPerDay a day. */
export type ProfileVersionRow = ProfileVersion & { readonly g: number };

export const PROFILE_VERSIONS = defineTable<ProfileVersionRow>({
  name: "profile_versions",
  partition: ["g"],
  clustering: ["n"],
  descending: true,
  columns: {
    g: "int",
    n: "int",
    s: "int",
    at: "int",
    by: "int",
    owner: "bool",
    roles: "ints",
    why: "text",
    back: "int",
    name: "text",
    intro: "text",
    avatar: "int",
  },
});

/** The picture that version `n` brought. */
export type AvatarRow = { readonly g: number; readonly n: number; readonly type: string; readonly data: Uint8Array };

export const AVATARS = defineTable<AvatarRow>({
  name: "avatars",
  partition: ["g", "n"],
  clustering: [],
  columns: { g: "int", n: "int", type: "text", data: "blob" },
});
