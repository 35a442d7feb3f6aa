import Type, { type Static } from "typebox";
import { closed, Id } from "../primitives.ts";
import { LIMITS } from "../tables/limits.ts";
import type { AskSpec, CommandSpec } from "./spec.ts";

/** A PNG or JPEG of at most LIMITS.avatarMaxBytes, in base64url; empty: no picture. */
export const AvatarArgs = Type.Object({ data: Type.String({ maxLength: LIMITS.frameInMaxBytes }) }, closed);
export type AvatarArgs = Static<typeof AvatarArgs>;
/** Whether name, picture and intro are the owner's alone. */
export const LockArgs = Type.Object({ on: Type.Boolean() }, closed);
export type LockArgs = Static<typeof LockArgs>;
/** Back to version `n`. */
export const RollBackArgs = Type.Object({ n: Id }, closed);
export type RollBackArgs = Static<typeof RollBackArgs>;

const edit = { entity: "group", via: "cmd", bit: "EDIT_PROFILE", audited: true } as const;

export const PROFILE_COMMANDS = {
  "profile.avatar": { ...edit, args: AvatarArgs },
  "profile.lock": { entity: "group", args: LockArgs, via: "cmd", ownerOnly: true, dangerous: true, audited: true },
  /** Another name also needs what `group.rename` does; the handler says so. */
  "profile.rollback": { ...edit, args: RollBackArgs },
} as const satisfies Record<string, CommandSpec>;

const lim = Type.Integer({ minimum: 1, maximum: LIMITS.profileVersionsPageMax });
/** The newest first; `before` is a version. */
export const ProfileVersionsArgs = Type.Object({ g: Id, before: Type.Optional(Id), lim: Type.Optional(lim) }, closed);
export type ProfileVersionsArgs = Static<typeof ProfileVersionsArgs>;
/** The picture that version `n` brought. */
export const AvatarGetArgs = Type.Object({ g: Id, n: Id }, closed);
export type AvatarGetArgs = Static<typeof AvatarGetArgs>;

export const PROFILE_ASKS = {
  "profile.versions": { entity: "group", args: ProfileVersionsArgs, via: "ask", bit: "VIEW_AUDIT_LOG" },
  /** Any signed-in person may see it, as the public profile. */
  "avatar.get": { entity: "group", args: AvatarGetArgs, via: "ask", outsider: true },
} as const satisfies Record<string, AskSpec>;

/** What the lock is about. `avatar`: the version that brought the picture; 0 there is none. */
export type Brand = { readonly name: string; readonly intro: string; readonly avatar: number };
/**
 * Version `n`: made by `by`, whether as the owner, and with which roles; by 0 where it stands for all that was before
 * versions were kept. `s`: seq of the event. `back`: the version it went back to; 0 none.
 */
export type ProfileVersion = Brand & {
  readonly n: number;
  readonly s: number;
  readonly at: number;
  readonly by: number;
  readonly owner: boolean;
  readonly roles: readonly number[];
  readonly why: string;
  readonly back: number;
};
export type ProfileVersions = { readonly versions: readonly ProfileVersion[]; readonly more: boolean };
export type AvatarGet = { readonly type: "image/png" | "image/jpeg"; readonly data: string };

/** `avatar` as in Brand. */
export type ProfileEvents = {
  readonly "profile.avatar": { readonly avatar: number };
  readonly "profile.lock": LockArgs;
  /** Besides `n` what was changed. */
  readonly "profile.rollback": { readonly n: number } & Partial<Brand>;
};
