import type { Bit } from "./bits.ts";
import { LIMITS } from "./limits.ts";

/** What somebody may be entitled to for a time, by the operator of the installation. */
export const ENTITLEMENTS = ["verified", "vip", "super_member"] as const;
export type Entitlement = (typeof ENTITLEMENTS)[number];

/**
 * Who may do something, besides the owner. `bit`: whoever has its permission. `admin`: whoever ranks as an
 * administrator, with or without the permission. `owner`: nobody.
 */
export type Who = "bit" | "admin" | "owner";

/** What a policy says. The comment of a field is the name of its axis, as clients are told it. */
export type Policy = {
  /** `members`: how many may be in; more while the owner is entitled to `by`. */
  readonly members: { readonly max: number; readonly raised?: { readonly by: Entitlement; readonly max: number } };
  /** `admins`: how many members, besides the owner, may rank as administrators; null any number. */
  readonly admins: number | null;
  /** `rename`: who may change the name of the group. */
  readonly rename: Who;
  /** `kick`: who may remove members, ban, and lift bans. */
  readonly kick: Who;
  /** `delete`: who may delete messages of others. */
  readonly delete: Who;
  /** `recall`: who may take back a message of their own, and for how long, ms; null for ever. */
  readonly recall: { readonly who: "author" | "admin" | Entitlement; readonly windowMs: number | null };
};

/** What a policy may say about: the field that refused is `d.axis` of the error. */
export type Axis = keyof Policy;

/** Of what a client asks by one command: the permissions in whose place a policy may speak. */
export const AXIS_BITS = {
  rename: ["EDIT_PROFILE"],
  kick: ["KICK_MEMBER", "BAN_MEMBER"],
  delete: ["DELETE_ANY_MESSAGE"],
  recall: [],
} as const satisfies Partial<Record<Axis, readonly Bit[]>>;
/** An axis about a command. */
export type CommandAxis = keyof typeof AXIS_BITS;

/**
 * The policies a group may have; the first is that of a group which never chose one. What the others say is what
 * those products do. docs/protocol/policies.md lists the same rows; a test keeps the two equal.
 */
export const POLICIES = {
  group_account: {
    members: { max: LIMITS.membersPerGroupMax },
    admins: null,
    rename: "bit",
    kick: "bit",
    delete: "bit",
    recall: { who: "author", windowMs: LIMITS.recallWindowMs },
  },
  wechat: {
    members: { max: 500, raised: { by: "verified", max: 2_000 } },
    admins: 1,
    rename: "owner",
    kick: "owner",
    delete: "admin",
    recall: { who: "author", windowMs: 120_000 },
  },
  qq: {
    members: { max: 2_000, raised: { by: "vip", max: 5_000 } },
    admins: 5,
    rename: "admin",
    kick: "admin",
    delete: "admin",
    recall: { who: "super_member", windowMs: null },
  },
  dingtalk: {
    members: { max: 3_000 },
    admins: null,
    rename: "owner",
    kick: "owner",
    delete: "admin",
    recall: { who: "admin", windowMs: null },
  },
} as const satisfies Record<string, Policy>;

export type PolicyName = keyof typeof POLICIES;
export const POLICY_NAMES = Object.keys(POLICIES) as readonly PolicyName[];
export const DEFAULT_POLICY: PolicyName = "group_account";
