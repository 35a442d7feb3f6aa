import { defineTable } from "@guildhall/store";

/** Who did something and when; `as` 0 in their own name, 1 as the group, 2 as the group in one that names its speakers. */
export type Step = { readonly u: number; readonly at: number; readonly as: number };

/** An announcement of a group, published at seq `s`. */
export type AnnouncementRow = {
  readonly g: number;
  readonly s: number;
  /** The newest. */
  readonly title: string;
  /** The first is that of its publication; at most LIMITS.announcementVersionsMax. */
  readonly versions: readonly Step[];
  /** Its withdrawal; null while it stands. */
  readonly gone: Step | null;
};

export const ANNOUNCEMENTS = defineTable<AnnouncementRow>({
  name: "announcements",
  partition: ["g"],
  clustering: ["s"],
  descending: true,
  columns: { g: "int", s: "int", title: "text", versions: "json", gone: "json" },
});

/** What version `n` of one said. Kept when it is edited or withdrawn. */
export type AnnouncementTextRow = {
  readonly g: number;
  readonly s: number;
  readonly n: number;
  readonly title: string;
  readonly t: string;
};

export const ANNOUNCEMENT_TEXTS = defineTable<AnnouncementTextRow>({
  name: "announcement_texts",
  partition: ["g", "s"],
  clustering: ["n"],
  columns: { g: "int", s: "int", n: "int", title: "text", t: "text" },
});

/** How much was announced lately: the times of at most LIMITS.announcementsPerDay, ms, and of the last for everybody. */
export type AnnouncementPaceRow = { readonly g: number; readonly ats: readonly number[]; readonly mentioned: number };

export const ANNOUNCEMENT_PACE = defineTable<AnnouncementPaceRow>({
  name: "announcement_pace",
  partition: ["g"],
  clustering: [],
  columns: { g: "int", ats: "ints", mentioned: "int" },
});
