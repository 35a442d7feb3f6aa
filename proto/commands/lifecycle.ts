import Type, { type Static } from "typebox";
import { closed, Id, text } from "../primitives.ts";
import { LIMITS } from "../tables/limits.ts";
import { POLICY_NAMES, type PolicyName } from "../tables/policies.ts";
import { type GroupState, OPERATOR_STATES } from "../tables/states.ts";
import { GroupAccount } from "./group-account.ts";
import type { AskSpec, CommandSpec } from "./spec.ts";

/** What a group is about (S06). Shown before joining. */
export const GROUP_CATEGORIES = [
  "classmates",
  "study",
  "office",
  "family",
  "parents",
  "sports",
  "game",
  "interest",
  "city",
  "support",
] as const;
export type GroupCategory = (typeof GROUP_CATEGORIES)[number];

export const GroupName = text(LIMITS.groupNameMaxCodePoints, 1);
export const GroupIntro = text(LIMITS.groupIntroMaxCodePoints);
export const GroupTags = Type.Array(text(LIMITS.groupTagMaxCodePoints, 1), { maxItems: LIMITS.groupTagsMax });
const category = Type.Union(GROUP_CATEGORIES.map((name) => Type.Literal(name)));

export const ProfileArgs = Type.Object(
  { name: GroupName, category, tags: Type.Optional(GroupTags), intro: Type.Optional(GroupIntro) },
  closed,
);
export type ProfileArgs = {
  name: string;
  category: GroupCategory;
  tags?: string[];
  intro?: string;
};
const policy = Type.Union(POLICY_NAMES.map((name) => Type.Literal(name)));
/** A new group: its profile, the policy it is to have, without one DEFAULT_POLICY, and the account that is to own it. */
export const NewGroupArgs = Type.Object(
  { ...ProfileArgs.properties, policy: Type.Optional(policy), account: Type.Optional(Id) },
  closed,
);
export type NewGroupArgs = ProfileArgs & { policy?: PolicyName; account?: number };
/** What the gateway sends the owner; the number is already claimed for this group. */
export const CreateArgs = Type.Object(
  {
    ...NewGroupArgs.properties,
    number: Type.Integer({ minimum: 1, maximum: 9_999_999_999 }),
    account: Type.Optional(GroupAccount),
  },
  closed,
);
export type CreateArgs = Omit<NewGroupArgs, "account"> & { number: number; account?: GroupAccount };
export const EditGroupArgs = Type.Object(
  {
    name: Type.Optional(GroupName),
    category: Type.Optional(category),
    tags: Type.Optional(GroupTags),
    intro: Type.Optional(GroupIntro),
  },
  closed,
);
export type EditGroupArgs = Partial<ProfileArgs>;
export const RenameArgs = Type.Object({ name: GroupName }, closed);
export type RenameArgs = Static<typeof RenameArgs>;
export const PolicyArgs = Type.Object({ policy }, closed);
export type PolicyArgs = { policy: PolicyName };
/** Who sees which person speaks as the group: all, or only who holds VIEW_AUDIT_LOG. Never nobody. */
export const ATTRIBUTIONS = ["admins", "public"] as const;
export type Attribution = (typeof ATTRIBUTIONS)[number];
const attribution = Type.Union(ATTRIBUTIONS.map((name) => Type.Literal(name)));

/**
 * What is not named stays. `muteAll`: nobody below rank 800 may write. `slowMs`: least time between two
 * messages of one person, 0 none. `membersMax`: how many may be in; 0 stands for what the policy says.
 * `attribution`: holds for what is said as the group from then on. `official`: announcements are published as the group
 * only.
 */
export const SettingsArgs = Type.Object(
  {
    muteAll: Type.Optional(Type.Boolean()),
    slowMs: Type.Optional(Type.Integer({ minimum: 0, maximum: LIMITS.slowModeMaxMs })),
    membersMax: Type.Optional(Type.Integer({ minimum: 0, maximum: LIMITS.membersPerGroupMax })),
    attribution: Type.Optional(attribution),
    official: Type.Optional(Type.Boolean()),
  },
  closed,
);
export type SettingsArgs = {
  muteAll?: boolean;
  slowMs?: number;
  membersMax?: number;
  attribution?: Attribution;
  official?: boolean;
};
/** Ownership goes to `to`, a member. */
export const TransferArgs = Type.Object({ to: Id }, closed);
export type TransferArgs = Static<typeof TransferArgs>;
export const DissolveArgs = Type.Object({}, closed);
export type DissolveArgs = Static<typeof DissolveArgs>;
export const StateArgs = Type.Object(
  { state: Type.Union(OPERATOR_STATES.map((state) => Type.Literal(state))) },
  closed,
);
export type StateArgs = { state: (typeof OPERATOR_STATES)[number] };

const ofOwner = { entity: "group", via: "cmd", ownerOnly: true, audited: true } as const;

export const LIFECYCLE_COMMANDS = {
  "group.create": { entity: "group", args: CreateArgs, via: "own", outsider: true, audited: true },
  /** Another name also needs what `group.rename` does; the handler says so. */
  "group.edit": { entity: "group", args: EditGroupArgs, via: "cmd", bit: "EDIT_PROFILE", audited: true },
  "group.rename": {
    entity: "group",
    args: RenameArgs,
    via: "cmd",
    bit: "EDIT_PROFILE",
    axis: "rename",
    audited: true,
  },
  "group.policy": { entity: "group", args: PolicyArgs, via: "cmd", ownerOnly: true, dangerous: true, audited: true },
  /** `membersMax`, `attribution` and `official` need EDIT_SETTINGS besides; the handler says so. */
  "group.settings": { entity: "group", args: SettingsArgs, via: "cmd", bit: "SET_SLOW_MODE", audited: true },
  "group.transfer": {
    entity: "group",
    args: TransferArgs,
    via: "cmd",
    ownerOnly: true,
    dangerous: true,
    audited: true,
  },
  /** By the operator of the installation, with a reason. */
  "group.state": { entity: "group", args: StateArgs, via: "inside", anyState: true, audited: true },
  "dissolution.announce": { ...ofOwner, args: DissolveArgs, dangerous: true },
  "dissolution.cancel": { ...ofOwner, args: DissolveArgs },
  "group.dissolve": { ...ofOwner, args: DissolveArgs, dangerous: true },
} as const satisfies Record<string, CommandSpec>;

export const GroupGetArgs = Type.Object({ g: Id }, closed);
export type GroupGetArgs = Static<typeof GroupGetArgs>;
export const GroupFindArgs = Type.Object({ number: Type.Integer({ minimum: 1, maximum: 9_999_999_999 }) }, closed);
export type GroupFindArgs = Static<typeof GroupFindArgs>;

export const LIFECYCLE_ASKS = {
  /** The public profile; any signed-in person may see it. */
  "group.get": { entity: "group", args: GroupGetArgs, via: "ask", outsider: true },
  /** By number: answered by the number's claim and then by `group.get`. */
  "group.find": { entity: "claim", args: GroupFindArgs, via: "own", outsider: true },
  /** Creates a group; needs the frame's nonce. Answer: GroupView. */
  "group.create": { entity: "group", args: NewGroupArgs, via: "own", outsider: true },
} as const satisfies Record<string, AskSpec>;

export type GroupView = {
  readonly g: number;
  readonly number: number;
  readonly name: string;
  readonly category: string;
  readonly tags: readonly string[];
  readonly intro: string;
  readonly owner: number;
  readonly state: GroupState;
  readonly members: number;
  readonly at: number;
  readonly muteAll: boolean;
  readonly slowMs: number;
  /** 0 stands for what the policy says. */
  readonly membersMax: number;
  readonly policy: PolicyName;
  readonly attribution: Attribution;
  /** Announcements are published as the group only. */
  readonly official: boolean;
  /** The version of the profile that brought its picture; 0 there is none. */
  readonly avatar: number;
  /** Name, picture and intro are the owner's alone. */
  readonly locked: boolean;
  /** From when on its owner can dissolve it, ms; 0 that was not announced. */
  readonly dissolveAt: number;
  /** The account that owns it: `owner` is its id. Absent: a person does. */
  readonly account?: { readonly a: number; readonly name: string };
};

export type LifecycleEvents = {
  readonly "group.create": {
    readonly name: string;
    readonly category: string;
    readonly number: number;
    readonly policy: PolicyName;
  };
  readonly "group.rename": RenameArgs;
  readonly "group.edit": Partial<ProfileArgs>;
  /** What was changed. It changes permissions where it has `muteAll`. */
  readonly "group.settings": SettingsArgs;
  readonly "group.policy": PolicyArgs;
  readonly "group.transfer": { readonly from: number; readonly to: number };
  /** By nobody (0): the operator; the event's `why` is the reason. */
  readonly "group.state": StateArgs;
  readonly "dissolution.announce": { readonly due: number };
  readonly "dissolution.cancel": Record<string, never>;
  readonly "group.dissolve": Record<string, never>;
};
