import Type, { type Static } from "typebox";
import { closed, Id, Seq, text } from "../primitives.ts";
import { LIMITS } from "../tables/limits.ts";
import type { AskSpec, CommandSpec } from "./spec.ts";

/** Title and text; the text is kept as sent, under the same limits as that of a message. */
export const AnnouncementBody = Type.Object(
  {
    title: text(LIMITS.announcementTitleMaxCodePoints, 1),
    t: Type.String({ maxLength: LIMITS.frameInMaxBytes }),
  },
  closed,
);
export type AnnouncementBody = Static<typeof AnnouncementBody>;
/** `mn` "all" mentions everybody. It takes no other permission, and is refused for a while after one that did. */
export const PublishArgs = Type.Object({ b: AnnouncementBody, mn: Type.Optional(Type.Literal("all")) }, closed);
export type PublishArgs = Static<typeof PublishArgs>;
/** The announcement that was published at seq `s`. */
export const EditAnnouncementArgs = Type.Object({ s: Seq, b: AnnouncementBody }, closed);
export type EditAnnouncementArgs = Static<typeof EditAnnouncementArgs>;
export const WithdrawArgs = Type.Object({ s: Seq }, closed);
export type WithdrawArgs = Static<typeof WithdrawArgs>;

const power = { entity: "group", via: "cmd", bit: "PUBLISH_ANNOUNCEMENT", asGroup: true, audited: true } as const;

export const ANNOUNCEMENT_COMMANDS = {
  "announcement.publish": { ...power, args: PublishArgs },
  "announcement.edit": { ...power, args: EditAnnouncementArgs },
  "announcement.withdraw": { ...power, args: WithdrawArgs },
} as const satisfies Record<string, CommandSpec>;

const lim = Type.Integer({ minimum: 1, maximum: LIMITS.announcementsPageMax });
/** The newest first; `before` is a seq. */
export const AnnouncementsListArgs = Type.Object(
  { g: Id, before: Type.Optional(Seq), lim: Type.Optional(lim) },
  closed,
);
export type AnnouncementsListArgs = Static<typeof AnnouncementsListArgs>;
/** Version `n`, from 1 on; the newest without it. */
export const AnnouncementGetArgs = Type.Object(
  {
    g: Id,
    s: Seq,
    n: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.announcementVersionsMax })),
  },
  closed,
);
export type AnnouncementGetArgs = Static<typeof AnnouncementGetArgs>;

export const ANNOUNCEMENT_ASKS = {
  "announcements.list": { entity: "group", args: AnnouncementsListArgs, via: "ask", bit: "READ_HISTORY" },
  /** A version that is not the newest, or was withdrawn, needs VIEW_REMOVED_CONTENT too; the handler says so. */
  "announcement.get": { entity: "group", args: AnnouncementGetArgs, via: "ask", bit: "READ_HISTORY" },
} as const satisfies Record<string, AskSpec>;

/** Who did it and when, ms. `gr`: as the group, as in events; `by` is 0 for whom it is not for. */
export type AnnouncementStep = { readonly by: number; readonly at: number; readonly gr?: 1 | 2 };
/**
 * Published as its own fields say. `n`: versions so far, of which `edited` is the newest where it is not the first.
 * `title` is empty, and `gone` there, when it was withdrawn.
 */
export type AnnouncementView = AnnouncementStep & {
  readonly s: number;
  readonly title: string;
  readonly n: number;
  readonly edited?: AnnouncementStep;
  readonly gone?: AnnouncementStep;
};
export type AnnouncementsList = { readonly announcements: readonly AnnouncementView[]; readonly more: boolean };
/** `title` and `t` are those of version `shown`; `versions` has every one, the first that of its publication. */
export type AnnouncementGet = AnnouncementView & {
  readonly shown: number;
  readonly t: string;
  readonly versions: readonly AnnouncementStep[];
};

/** What is edited is shown at `s` in its place, with `rev`; what is withdrawn loses its body and has `x` 1. */
export type AnnouncementEvents = {
  readonly "announcement.publish": AnnouncementBody;
  readonly "announcement.edit": { readonly s: number; readonly b: AnnouncementBody };
  readonly "announcement.withdraw": { readonly s: number };
};
