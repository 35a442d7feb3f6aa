import type { Bit } from "../tables/bits.ts";
import type { Grade } from "../tables/grades.ts";
import type { Axis, CommandAxis, Entitlement, PolicyName } from "../tables/policies.ts";
import type { GroupState } from "../tables/states.ts";

/** What the rule needs to know of a group. `v` is the seq of its newest permission event. */
export type GroupFacts = {
  readonly g: number;
  readonly v: number;
  readonly owner: number;
  readonly state: GroupState;
  readonly muteAll: boolean;
  readonly roles: readonly RoleFacts[];
  /** Absent: DEFAULT_POLICY. */
  readonly policy?: PolicyName;
  /** Dangerous acts need a sign-in from then on, ms: the group was recovered then. Absent: it never was. */
  readonly authFrom?: number;
  /** Of the account that owns it: what they have, they have while they are members. Absent: a person owns it. */
  readonly operators?: readonly Operator[];
};
/** An operator of an account. */
export type Operator = readonly [u: number, grade: Grade];
export type RoleFacts = {
  readonly id: number;
  readonly name: string;
  readonly rank: number;
  /** Bits 0–31. */
  readonly lo: number;
  /** Bits 32–51. */
  readonly hi: number;
};
/** What it needs to know of a member; null of somebody who is none. `mute`: until when, ms, 0 not. */
export type MemberFacts = { readonly roles: readonly number[]; readonly mute: number } | null;
/** Until when somebody is entitled to something, ms. */
export type Holdings = { readonly [E in Entitlement]?: number };

/**
 * May `u` do this in `g`? All bits of `need` and, with `on`, a rank above that member's.
 * `minV`: answer from facts at least this new. `auth`: time of the actor's last password sign-in,
 * ms, 0 never; dangerous bits and `dangerous` look at it. `axis`: what a policy may decide in place of the bits.
 */
export type Question = {
  readonly g: number;
  readonly u: number;
  readonly need: readonly Bit[];
  readonly on?: number;
  readonly ownerOnly?: boolean;
  readonly dangerous?: boolean;
  readonly axis?: CommandAxis;
  /** Whatever the state of the group. */
  readonly anyState?: boolean;
  readonly auth: number;
  readonly minV: number;
};

/** Why not. STALE and UNKNOWN are "cannot say now": never a yes, and worth a retry. */
export type Refusal =
  | "NO_GROUP"
  | "NOT_MEMBER"
  | "BANNED"
  | "MUTED"
  | "BIT"
  | "OWNER"
  | "RANK"
  | "FROZEN"
  | "STEP_UP"
  | "POLICY"
  | "STALE"
  | "UNKNOWN";

/** `v`: the permission version the answer is true at. `lo`, `hi`, `rank`: what the actor has there. */
export type Answer = {
  readonly ok: boolean;
  readonly v: number;
  readonly lo: number;
  readonly hi: number;
  readonly rank: number;
  readonly why?: Refusal;
  /** With why BIT: the first bit that is missing. With STEP_UP: the bit that asks for it. */
  readonly bit?: Bit;
  /** With why MUTED: until when, ms. */
  readonly until?: number;
  /** With why POLICY: what the policy of the group does not allow. */
  readonly axis?: Axis;
};

/** Who could change what refused: who asked, the owner of the group, the operator of the installation, holders of roles. */
export type Changers = {
  readonly self: boolean;
  readonly owner: boolean;
  readonly operator: boolean;
  /** By name, in the order of the group. */
  readonly roles: readonly string[];
};
/** The fact that a refusal rests on. */
export type Cause = {
  readonly fact:
    | "facts"
    | "group"
    | "membership"
    | "ban"
    | "state"
    | "policy"
    | "mute"
    | "muteAll"
    | "owner"
    | "bit"
    | "rank"
    | "signIn"
    | "slowMode"
    | "window"
    | "cap";
  /** For people. */
  readonly text: string;
  readonly by: Changers;
};

/** An answer with the facts it came from. */
export type Explanation = {
  readonly answer: Answer;
  readonly group: GroupFacts | null;
  readonly member: MemberFacts;
  readonly on: MemberFacts;
  /** Of an answer that is not yes. */
  readonly cause?: Cause;
  /** One line a fact, for people. */
  readonly because: readonly string[];
};
