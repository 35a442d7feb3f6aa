import type { GroupFacts, RoleFacts } from "@guildhall/proto";
import { includesAll, type Mask, NONE, without } from "./bits.ts";
import type { Effective } from "./effective.ts";

/** Rule H2: one's rank must be at least the author's of now. The bit is asked for apart from this. */
export function mayActOnContent(actorRank: number, authorRank: number): boolean {
  return actorRank >= authorRank;
}

/**
 * Rule H3: a role of this group, below one's own rank, with no bit that one does not hold oneself.
 * `actor` is what `effective` says, or an answer of `may`. Bit and target's rank are asked for apart from this.
 */
export function mayAssignRole(group: GroupFacts, actor: Effective, role: RoleFacts): boolean {
  return mayTakeRole(group, actor, role) && mayMakeRole(actor, role) === undefined;
}

/** Rule H4: as H3, but a bit that one does not hold may be taken away. */
export function mayTakeRole(group: GroupFacts, actor: Effective, role: RoleFacts): boolean {
  return role.rank < actor.rank && group.roles.some((own) => own.id === role.id);
}

/**
 * Rule H3 for a role as it is to become: below one's own rank, and whatever it has more than `before`, nothing for a
 * new one, is held oneself. Says why not.
 */
export function mayMakeRole(actor: Effective, after: RoleFacts, before: Mask = NONE): "RANK" | "BIT" | undefined {
  if (after.rank >= actor.rank) return "RANK";
  return includesAll(actor, without(after, before)) ? undefined : "BIT";
}
