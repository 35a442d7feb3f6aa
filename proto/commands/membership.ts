import Type, { type Static } from "typebox";
import { Count, closed, Id, TimeMs, text } from "../primitives.ts";
import { LIMITS } from "../tables/limits.ts";
import type { AskSpec, CommandSpec } from "./spec.ts";

const nick = text(LIMITS.nicknameMaxCodePoints);

export const JoinArgs = Type.Object({ nick: Type.Optional(nick) }, closed);
export type JoinArgs = Static<typeof JoinArgs>;
export const LeaveArgs = Type.Object({}, closed);
export type LeaveArgs = Static<typeof LeaveArgs>;
export const KickArgs = Type.Object({ u: Id }, closed);
export type KickArgs = Static<typeof KickArgs>;
/** `until`: server time, at most LIMITS.muteMaxMs ahead. */
export const MuteArgs = Type.Object({ u: Id, until: TimeMs }, closed);
export type MuteArgs = Static<typeof MuteArgs>;
export const UnmuteArgs = Type.Object({ u: Id }, closed);
export type UnmuteArgs = Static<typeof UnmuteArgs>;
/** `until`: server time; without it the ban has no end. `u` need not be a member. */
export const BanArgs = Type.Object({ u: Id, until: Type.Optional(TimeMs) }, closed);
export type BanArgs = Static<typeof BanArgs>;
export const UnbanArgs = Type.Object({ u: Id }, closed);
export type UnbanArgs = Static<typeof UnbanArgs>;
/** Without `u` one's own; another's needs MANAGE_NICKNAME and rank. An empty nickname removes it. */
export const NickArgs = Type.Object({ u: Type.Optional(Id), nick }, closed);
export type NickArgs = Static<typeof NickArgs>;

export const MEMBERSHIP_COMMANDS = {
  "member.join": { entity: "group", args: JoinArgs, via: "cmd", outsider: true },
  "member.leave": { entity: "group", args: LeaveArgs, via: "cmd", anyState: true },
  "member.kick": {
    entity: "group",
    args: KickArgs,
    via: "cmd",
    bit: "KICK_MEMBER",
    axis: "kick",
    onMember: true,
    audited: true,
  },
  "member.mute": { entity: "group", args: MuteArgs, via: "cmd", bit: "MUTE_MEMBER", onMember: true, audited: true },
  "member.unmute": { entity: "group", args: UnmuteArgs, via: "cmd", bit: "MUTE_MEMBER", onMember: true, audited: true },
  "member.nick": { entity: "group", args: NickArgs, via: "cmd", audited: "others" },
  "member.ban": {
    entity: "group",
    args: BanArgs,
    via: "cmd",
    bit: "BAN_MEMBER",
    axis: "kick",
    onMember: true,
    audited: true,
  },
  "member.unban": {
    entity: "group",
    args: UnbanArgs,
    via: "cmd",
    bit: "BAN_MEMBER",
    axis: "kick",
    onMember: true,
    audited: true,
  },
} as const satisfies Record<string, CommandSpec>;

/** Members by rising id; `after` is the last id of the page before. */
export const MembersPageArgs = Type.Object(
  { g: Id, after: Type.Optional(Id), lim: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.pageMax })) },
  closed,
);
export type MembersPageArgs = Static<typeof MembersPageArgs>;

/** Bans by rising id of the person; `after` is the last id of the page before. */
export const BansListArgs = Type.Object(
  { g: Id, after: Type.Optional(Id), lim: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.pageMax })) },
  closed,
);
export type BansListArgs = Static<typeof BansListArgs>;

export const MEMBERSHIP_ASKS = {
  "members.page": { entity: "group", args: MembersPageArgs, via: "ask", bit: "VIEW_MEMBER_LIST" },
  "bans.list": { entity: "group", args: BansListArgs, via: "ask", bit: "BAN_MEMBER" },
} as const satisfies Record<string, AskSpec>;

export type MemberView = {
  readonly u: number;
  readonly nick: string;
  readonly roles: readonly number[];
  readonly mute: number;
  readonly at: number;
};
export type MembersPage = { readonly members: readonly MemberView[]; readonly more: boolean };

/** `until`: 0 without end; in the past until the person joins again. `by` banned them, `at` when, ms, and said `why`. */
export type BanView = {
  readonly u: number;
  readonly until: number;
  readonly by: number;
  readonly at: number;
  readonly why: string;
};
export type BansPage = { readonly bans: readonly BanView[]; readonly more: boolean };

/** Bodies of the events; `u` is the person concerned. All but `member.nick` and `member.unban` change permissions. */
export type MembershipEvents = {
  readonly "member.join": { readonly u: number; readonly nick: string };
  readonly "member.leave": { readonly u: number };
  readonly "member.kick": { readonly u: number };
  readonly "member.mute": { readonly u: number; readonly until: number };
  readonly "member.unmute": { readonly u: number };
  readonly "member.nick": { readonly u: number; readonly nick: string };
  /** `until` 0: without end. */
  readonly "member.ban": { readonly u: number; readonly until: number };
  readonly "member.unban": { readonly u: number };
};
export const MemberCount = Count;
