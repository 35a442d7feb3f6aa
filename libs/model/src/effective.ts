import type { GroupFacts, MemberFacts } from "@guildhall/proto";
import { ALL, type Mask, MUTE_KEEP, maskOf } from "./bits.ts";
import { gradeOf, officeOf, rankOfGrade } from "./operators.ts";
import { MEMBER_ROLE_ID, MUTE_ALL_EXEMPT_RANK, OWNER_RANK } from "./roles.ts";

/** What somebody has in a group: the bits and the rank. */
export type Effective = Mask & { readonly rank: number };

/** Why bits are held back for a time. `until`: ms, 0 where nobody knows. */
type Mute = { readonly until: number };

const OWNER: Effective = { ...ALL, rank: OWNER_RANK };
const NOTHING: Effective = { lo: 0, hi: 0, rank: 0 };

const VIEW = maskOf(["VIEW_GROUP"]).lo;
const SEND = maskOf(["SEND_MESSAGE"]).lo;
const BYPASS = maskOf(["BYPASS_SLOW_MODE"]).hi;
/** Who may not write may not do these either. */
const NEEDS_SEND = maskOf(["SEND_MEDIA", "SEND_LINK", "MENTION_ALL", "START_THREAD", "CREATE_VOTE"]).lo;

/** Of a group: what each role gives together with the Member role, by role id. */
type RoleSets = { readonly member: Effective; readonly withRole: ReadonlyMap<number, Effective> };

/** Facts are immutable, so what is made from a group's roles holds for as long as the object lives. */
const roleSets = new WeakMap<GroupFacts, RoleSets>();

/**
 * What `u` has in the group at `nowMs`. `member` is null for somebody who is no member. The owner has
 * everything, member or not; operators of the account that owns it have what is theirs while they are members. The state of the group is not looked at: `may` does that.
 */
export function effective(group: GroupFacts, member: MemberFacts, u: number, nowMs: number): Effective {
  const unmuted = unmutedOf(group, member, u);
  return muteOf(group, member, unmuted, nowMs) === undefined ? unmuted : muted(unmuted);
}

/** The same before any mute. */
export function unmutedOf(group: GroupFacts, member: MemberFacts, u: number): Effective {
  if (group.owner === u) return OWNER;
  if (member === null) return NOTHING;
  const grade = gradeOf(group, u);
  if (grade === "main") return OWNER;
  const given = heldBy(group, member.roles);
  const held = grade === undefined ? given : join(given, officeOf(grade));
  if ((held.lo & VIEW) === 0) return NOTHING;
  if ((held.lo & SEND) === 0 && (held.lo & NEEDS_SEND) !== 0) {
    return { lo: (held.lo & ~NEEDS_SEND) >>> 0, hi: held.hi, rank: held.rank };
  }
  return held;
}

/** The mute that binds a member now, if there is one. One of the whole group has no known end. */
export function muteOf(group: GroupFacts, member: MemberFacts, unmuted: Effective, nowMs: number): Mute | undefined {
  if (unmuted.rank >= OWNER_RANK || member === null) return undefined;
  if (group.muteAll && unmuted.rank < MUTE_ALL_EXEMPT_RANK && (unmuted.hi & BYPASS) === 0) return { until: 0 };
  return member.mute > nowMs ? { until: member.mute } : undefined;
}

export function muted(unmuted: Effective): Effective {
  return { lo: (unmuted.lo & MUTE_KEEP.lo) >>> 0, hi: 0, rank: unmuted.rank };
}

/** The rank of somebody in the group, whatever bits or mutes they have; of who is no member that of their grade, or 0. */
export function rankOf(group: GroupFacts, member: MemberFacts, u: number): number {
  if (group.owner === u) return OWNER_RANK;
  return Math.max(rankOfGrade(gradeOf(group, u)), member === null ? 0 : heldBy(group, member.roles).rank);
}

/** The union of the Member role and `roles`; a role that the group no longer has gives nothing. */
function heldBy(group: GroupFacts, roles: readonly number[]): Effective {
  const sets = roleSets.get(group) ?? makeRoleSets(group);
  let held = sets.member;
  for (const id of roles) {
    const set = sets.withRole.get(id);
    if (set !== undefined) held = held === sets.member ? set : join(held, set);
  }
  return held;
}

function makeRoleSets(group: GroupFacts): RoleSets {
  const member = group.roles.find((role) => role.id === MEMBER_ROLE_ID) ?? NOTHING;
  const base = join(NOTHING, member);
  const sets = { member: base, withRole: new Map(group.roles.map((role) => [role.id, join(base, role)])) };
  roleSets.set(group, sets);
  return sets;
}

/** Reserved bits of a role give nothing, and no role reaches the rank of the owner. */
function join(a: Effective, b: Effective): Effective {
  return {
    lo: ((a.lo | b.lo) & ALL.lo) >>> 0,
    hi: ((a.hi | b.hi) & ALL.hi) >>> 0,
    rank: Math.min(Math.max(a.rank, b.rank), OWNER_RANK - 1),
  };
}
