import type { Holdings } from "@guildhall/proto";
import { defineTable } from "@guildhall/store";

/** Somebody who is or was in a group. The row stays when they go; what they had there is in it. */
export type MemberRow = {
  readonly g: number;
  readonly u: number;
  readonly state: "in" | "left" | "kicked" | "banned";
  /** Name in this group, "" for none. Two members may bear one. */
  readonly nick: string;
  /** Ids of the roles given, without the Member role. Empty for who is not in. */
  readonly roles: readonly number[];
  /** Muted until, ms; 0 never. Outlasts leaving. */
  readonly mute: number;
  /** When they joined last, ms, and the seq of that. */
  readonly at: number;
  readonly seq: number;
  /** What they are entitled to; null, or absent in journals from before, stands for nothing. */
  readonly holds: HeldBy | null;
};
/** `v`: how many changes of it there have been. */
export type HeldBy = { readonly v: number; readonly held: Holdings };

export const MEMBERS = defineTable<MemberRow>({
  name: "members",
  partition: ["g"],
  clustering: ["u"],
  columns: {
    g: "int",
    u: "int",
    state: "text",
    nick: "text",
    roles: "ints",
    mute: "int",
    at: "int",
    seq: "int",
    holds: "json",
  },
});

/** `until` of a ban that has no end. */
export const NO_END = 0;

/** Somebody who may not join. The row goes with `member.unban`, or when they join after its time. */
export type BanRow = {
  readonly g: number;
  readonly u: number;
  /** Banned until, ms; NO_END for good. */
  readonly until: number;
  /** Who banned them, when (ms), and for what stated reason. */
  readonly by: number;
  readonly at: number;
  readonly why: string;
};

export const BANS = defineTable<BanRow>({
  name: "bans",
  partition: ["g"],
  clustering: ["u"],
  columns: { g: "int", u: "int", until: "int", by: "int", at: "int", why: "text" },
});
