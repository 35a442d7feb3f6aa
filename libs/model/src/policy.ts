import type { GroupFacts, Holdings, RoleFacts } from "@guildhall/proto";
import {
  AXIS_BITS,
  type CommandAxis,
  DEFAULT_POLICY,
  type Entitlement,
  POLICIES,
  type Policy,
} from "@guildhall/proto/tables";
import { type Mask, maskOf } from "./bits.ts";
import { ADMIN_RANK } from "./roles.ts";

/** Of each axis the permissions in whose place a policy may speak. */
const MASK_OF_AXIS = Object.fromEntries(
  Object.entries(AXIS_BITS).map(([axis, bits]) => [axis, maskOf(bits)]),
) as Readonly<Record<CommandAxis, Mask>>;

/** What a policy says of somebody. `gives`: bits they have for this, whatever their roles. */
export type Ruling = { readonly refused: true } | { readonly refused: false; readonly gives: Mask } | undefined;

export function policyOf(group: Pick<GroupFacts, "policy">): Policy {
  return POLICIES[group.policy ?? DEFAULT_POLICY];
}

/**
 * What the policy of the group says of a member of this rank, who is not the owner; nothing where it leaves it to the
 * bits. `holds`: what they are entitled to. Where that is not known, at the edge, it is left to the owner of the group.
 */
export function ruling(
  group: GroupFacts,
  axis: CommandAxis,
  rank: number,
  holds: Holdings | undefined,
  nowMs: number,
): Ruling {
  const policy = policyOf(group);
  const who = axis === "recall" ? policy.recall.who : policy[axis];
  switch (who) {
    case "bit":
    case "author":
      return undefined;
    case "owner":
      return REFUSED;
    case "admin":
      return rank >= ADMIN_RANK ? { refused: false, gives: MASK_OF_AXIS[axis] } : REFUSED;
    default:
      return holds === undefined || isEntitled(holds, who, nowMs) ? undefined : REFUSED;
  }
}
const REFUSED: Ruling = { refused: true };

export function isEntitled(holds: Holdings, to: Entitlement, nowMs: number): boolean {
  return (holds[to] ?? 0) > nowMs;
}

/** How many may be in: what the policy says while the owner of the group holds this, or the group's own cap, 0 none. */
export function membersMaxOf(group: Pick<GroupFacts, "policy">, own: number, holds: Holdings, nowMs: number): number {
  const { max, raised } = policyOf(group).members;
  const most = raised !== undefined && isEntitled(holds, raised.by, nowMs) ? raised.max : max;
  return own === 0 ? most : Math.min(own, most);
}

/** Whether one of these roles makes its holder an administrator. */
export function isAdmin(roles: readonly RoleFacts[], held: readonly number[]): boolean {
  return roles.some(({ id, rank }) => rank >= ADMIN_RANK && held.includes(id));
}
