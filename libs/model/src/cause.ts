import type { Cause, Changers, GroupFacts, MemberFacts, Question } from "@guildhall/proto";
import type { Bit, CommandAxis, ErrorCode } from "@guildhall/proto/tables";
import { hasBit, includesAll, maskOf, union } from "./bits.ts";
import { rankOf } from "./effective.ts";
import type { Facts } from "./may.ts";
import { isOwner } from "./operators.ts";
import { policyOf } from "./policy.ts";
import { ADMIN_RANK, MEMBER_ROLE_ID } from "./roles.ts";

/** A refusal as its sender sees it: the code, and of the details what a cause is told by. */
export type Refused = { readonly code: ErrorCode; readonly d?: RefusedBy };
export type RefusedBy = {
  readonly bit?: Bit;
  readonly axis?: string;
  readonly until?: number;
  readonly max?: number;
  readonly window?: number;
  readonly owner?: boolean;
};

type Case = {
  readonly question: Question;
  readonly group: GroupFacts;
  readonly member: MemberFacts;
  readonly on: MemberFacts;
  readonly d: RefusedBy;
};
type Tell = (one: Case) => Cause | undefined;

/**
 * Which fact refused, in one sentence, and who could change that: roles by their names. Pure, as the rule. Undefined
 * for refusals that are no matter of rights, such as arguments that cannot be.
 */
export function causeOf({ code, d = {} }: Refused, question: Question, facts: Facts): Cause | undefined {
  const { group, member, on } = facts;
  if (code === "PERM_STALE")
    return cause("facts", "the facts at hand may be old, so nothing is allowed; ask again shortly");
  if (group === null) return code === "NOT_FOUND" ? cause("group", "there is no such group") : undefined;
  return CAUSES[code]?.({ question, group, member, on, d });
}

/** By code. Every code that the rule can give is here, and those of commands that are about a group's own settings. */
const CAUSES: Readonly<Partial<Record<ErrorCode, Tell>>> = {
  NOT_MEMBER: ({ question, group }) =>
    cause("membership", `${question.u} is no member of group ${group.g}; joining changes that`, { self: true }),
  BANNED: ({ group, d }) =>
    cause("ban", `banned ${untilText(d.until ?? 0)}; holders of BAN_MEMBER can lift that`, {
      owner: true,
      roles: rolesWith(group, ["BAN_MEMBER"]),
    }),
  FROZEN: ({ group }) => cause("state", `a group that is ${group.state} can only be read`, { operator: true }),
  POLICY: byPolicy,
  MUTED: muted,
  FORBIDDEN: forbidden,
  RANK: outranked,
  STEP_UP_REQUIRED: stepUp,
  SLOW_MODE: ({ group }) =>
    cause(
      "slowMode",
      "slow mode asks for more time between two messages; waiting helps, and so does BYPASS_SLOW_MODE",
      {
        self: true,
        owner: true,
        roles: rolesWith(group, ["SET_SLOW_MODE"]),
      },
    ),
  WINDOW_CLOSED: ({ group, d }) =>
    cause(
      "window",
      `the time for this is over${d.window === undefined ? "" : `: it was ${d.window} ms`}; whoever may delete messages can still do that`,
      {
        owner: true,
        roles: rolesWith(group, ["DELETE_ANY_MESSAGE"]),
      },
    ),
  GROUP_FULL: ({ group, d }) =>
    cause(
      "cap",
      `the group is full${d.max === undefined ? "" : `: it may have ${d.max} members`}; a higher cap, another policy or an entitlement of the owner changes that`,
      {
        owner: true,
        operator: true,
        roles: rolesWith(group, ["EDIT_SETTINGS"]),
      },
    ),
  LAST_OWNER: () => cause("owner", "the owner cannot leave; handing the group over changes that", { self: true }),
};

function byPolicy({ group, d }: Case): Cause {
  const name = group.policy ?? "group_account";
  const axis = d.axis ?? "";
  const also = { owner: true, operator: false, roles: allowedBy(group, axis) };
  const max = d.max === undefined ? "" : ` more than ${d.max}`;
  const who = also.roles.length === 0 ? "the owner alone" : `the owner and ${list(also.roles)}`;
  if (axis === "admins")
    return cause(
      "policy",
      `the policy ${name} does not allow${max} administrators; the owner can choose another`,
      also,
    );
  const entitled = axis === "recall" && isEntitlement(policyOf(group).recall.who);
  if (entitled) {
    const text = `the policy ${name} lets ${policyOf(group).recall.who} alone ${axis}; the operator can entitle to that`;
    return cause("policy", text, { ...also, operator: true });
  }
  return cause("policy", `the policy ${name} lets ${who} ${axis}; the owner can choose another policy`, also);
}

/** Roles that the policy lets do what the axis is about. */
function allowedBy(group: GroupFacts, axis: string): readonly string[] {
  const policy = policyOf(group);
  const who = axis === "recall" ? policy.recall.who : (policy[axis as CommandAxis] as unknown);
  return who === "admin" ? group.roles.filter(({ rank }) => rank >= ADMIN_RANK).map(({ name }) => name) : [];
}

function isEntitlement(who: string): boolean {
  return who !== "author" && who !== "admin";
}

function muted({ question, group, member, d }: Case): Cause {
  if (group.muteAll && (d.until ?? 0) === 0) {
    const text = "the group is muted as a whole; the owner or holders of SET_SLOW_MODE can lift that";
    return cause("muteAll", text, { owner: true, roles: rolesWith(group, ["SET_SLOW_MODE"]) });
  }
  const rank = rankOf(group, member, question.u);
  const text = `muted ${untilText(d.until ?? 0)}; the owner or holders of MUTE_MEMBER with a rank above ${rank} can lift that`;
  return cause("mute", text, { owner: true, roles: rolesWith(group, ["MUTE_MEMBER"], rank) });
}

/** Undefined for what is forbidden to everybody, such as changing what another wrote. */
function forbidden(one: Case): Cause | undefined {
  if (one.d.owner === true) return ownersOnly(one);
  return one.d.bit === undefined ? undefined : missing(one, one.d.bit);
}

function ownersOnly({ group }: Case): Cause {
  return cause("owner", `only the owner, ${group.owner}, may do this; the owner can hand the group over`, {
    owner: true,
  });
}

function missing({ group, member }: Case, bit: Bit): Cause {
  const held = rolesOf(group, member).reduce(union, maskOf([]));
  if (hasBit(held, bit)) {
    const base: Bit = hasBit(held, "VIEW_GROUP") ? "SEND_MESSAGE" : "VIEW_GROUP";
    const text = `${bit} is void without ${base}; roles that grant ${base}: ${list(granting(group.roles, base))}; ${giversText(base)}`;
    return cause("bit", text, { owner: true, roles: givers(group, base) });
  }
  const names = granting(group.roles, bit);
  const text =
    names.length === 0
      ? `needs ${bit}; no role of this group grants it, only the owner has it`
      : `needs ${bit}; roles that grant it: ${list(names)}; ${giversText(bit)}`;
  return cause("bit", text, { owner: true, roles: givers(group, bit) });
}

function giversText(bit: Bit): string {
  return `the owner, or holders of ASSIGN_ROLE and ${bit} with a rank above the role, can give it`;
}

/** Roles whose holders can give a role with this bit, or put it into one. */
function givers(group: GroupFacts, bit: Bit): readonly string[] {
  const ranks = group.roles.filter((role) => hasBit(role, bit) && role.id !== MEMBER_ROLE_ID).map(({ rank }) => rank);
  const assigning = ranks.length === 0 ? [] : rolesWith(group, ["ASSIGN_ROLE", bit], Math.min(...ranks));
  const making = rolesWith(group, ["MANAGE_ROLE", bit], rankOfMember(group));
  return group.roles.map(({ name }) => name).filter((name) => assigning.includes(name) || making.includes(name));
}

function outranked({ question, group, member, on }: Case): Cause {
  const { u, need } = question;
  const other = question.on ?? 0;
  if (other === u) return cause("rank", "nobody does this to oneself");
  if (isOwner(group, other)) return cause("rank", "nobody in the group may act on its owner");
  const mine = rankOf(group, member, u);
  if (question.on === undefined) {
    const text = `rank ${mine} is not above what this is about; the owner, or somebody of a higher rank, can do this`;
    return cause("rank", text, { owner: true, roles: rolesWith(group, need, mine) });
  }
  const theirs = rankOf(group, on, other);
  const text = `rank ${mine} is not above rank ${theirs} of ${other}; the owner, or somebody of a higher rank, can do this`;
  return cause("rank", text, { owner: true, roles: rolesWith(group, need, theirs) });
}

function stepUp({ question, d }: Case): Cause {
  const last = question.auth === 0 ? "there was none" : `the last was at ${time(question.auth)}`;
  const bit = d.bit ?? "this";
  const text = `${bit} is dangerous and needs a fresh sign-in by password; ${last}; ${question.u} can sign in again`;
  return cause("signIn", text, { self: true });
}

function cause(fact: Cause["fact"], text: string, by: Partial<Changers> = {}): Cause {
  return { fact, text, by: { self: false, owner: false, operator: false, roles: [], ...by } };
}

/** Names of the roles that have all of these bits, together with the Member role, and rank above `above`. */
function rolesWith(group: GroupFacts, bits: readonly Bit[], above = 0): readonly string[] {
  const wanted = maskOf(bits);
  const member = group.roles.find(({ id }) => id === MEMBER_ROLE_ID) ?? maskOf([]);
  return group.roles
    .filter((role) => role.rank > above && includesAll(union(role, member), wanted))
    .map(({ name }) => name);
}

function rankOfMember(group: GroupFacts): number {
  return group.roles.find(({ id }) => id === MEMBER_ROLE_ID)?.rank ?? 0;
}

/** The Member role first, then what was given; a role that the group no longer has is left out. */
export function rolesOf(group: GroupFacts, member: MemberFacts): GroupFacts["roles"] {
  if (member === null) return [];
  return group.roles.filter((role) => role.id === MEMBER_ROLE_ID || member.roles.includes(role.id));
}

export function granting(roles: GroupFacts["roles"], bit: Bit): readonly string[] {
  return roles.filter((role) => hasBit(role, bit)).map((role) => role.name);
}

export function list(names: readonly string[]): string {
  return names.length === 0 ? "no role" : names.join(", ");
}

export function time(ms: number): string {
  return new Date(ms).toISOString();
}

function untilText(ms: number): string {
  return ms === 0 ? "for good" : `until ${time(ms)}`;
}
