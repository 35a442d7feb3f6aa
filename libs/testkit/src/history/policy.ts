import { CONTENT_KINDS } from "@guildhall/proto";
import type { Place } from "./lanes.ts";
import type { About } from "./record.ts";

/*
 * Who may do what, written down once more from the page on permissions: a check that asked the rule of the system
 * itself would find whatever that rule allows allowed. Only the bits that moderation needs, and no mutes of one person.
 */

type Bit = "kick" | "ban" | "mute" | "nick" | "roles" | "pin" | "slow" | "bypass" | "delete" | "approve" | "own";
type Role = { readonly rank: number; readonly bits: readonly Bit[] };

const OWNER_RANK = 1_000;
const MEMBER_RANK = 100;
/** From this rank on a group-wide mute does not bind. */
const MUTE_ALL_FREE_RANK = 800;
/** The roles that every group begins with, by id; Member has nothing of these bits. */
const ROLES: ReadonlyMap<number, Role> = new Map([
  [2, { rank: 800, bits: ["kick", "mute", "nick", "pin", "slow", "bypass", "delete"] }],
  [3, { rank: 700, bits: ["roles"] }],
  [4, { rank: 500, bits: ["delete", "mute"] }],
  [5, { rank: 500, bits: ["pin"] }],
  [6, { rank: 500, bits: ["approve"] }],
]);

/** What an event needs: a bit, whether its author must outrank the person it is about, and whether one's own is free. */
type Need = { readonly bit: Bit; readonly outrank?: true; readonly ownFree?: true };

const NEEDS: ReadonlyMap<string, Need> = new Map<string, Need>([
  ["member.kick", { bit: "kick", outrank: true }],
  ["member.ban", { bit: "ban", outrank: true }],
  ["member.unban", { bit: "ban", outrank: true }],
  ["member.mute", { bit: "mute", outrank: true }],
  ["member.unmute", { bit: "mute", outrank: true }],
  ["member.nick", { bit: "nick", outrank: true, ownFree: true }],
  ["role.assign", { bit: "roles", outrank: true }],
  ["role.take", { bit: "roles", outrank: true, ownFree: true }],
  ["msg.pin", { bit: "pin" }],
  ["msg.unpin", { bit: "pin" }],
  ["group.settings", { bit: "slow" }],
  ["group.edit", { bit: "own" }],
  ["group.rename", { bit: "own" }],
  ["group.policy", { bit: "own" }],
  ["group.transfer", { bit: "own" }],
  ["group.dissolve", { bit: "own" }],
]);

const REMOVALS: ReadonlySet<string> = new Set(["member.leave", "member.kick", "member.ban"]);

/** Members, roles and mute of one group, as its events make them one after another. */
export class Policy {
  #owner = 0;
  #muteAll = false;
  /** Roles by member. */
  readonly #members = new Map<number, Set<number>>();

  isMember(u: number): boolean {
    return this.#members.has(u);
  }

  /** Whether an event is one that not everybody in the group may cause now. */
  judges(kind: string): boolean {
    return NEEDS.has(kind) || (this.#muteAll && isContent(kind));
  }

  /** Why its author may not cause this event now; nothing where they may. */
  against({ kind, by, about = {} }: Place): string | undefined {
    if (isContent(kind)) return this.#isMuted(by) ? "the group is mute" : undefined;
    const need = NEEDS.get(kind);
    return need === undefined || (need.ownFree === true && (about.u ?? by) === by)
      ? undefined
      : this.#lacks(need, kind, by, about);
  }

  #lacks({ bit, outrank }: Need, kind: string, by: number, about: About): string | undefined {
    const { u = by, role = 0, membersMax } = about;
    if (!this.#holds(by, bit)) return `${by} lacks the bit "${bit}"`;
    // That takes a bit that no role of these has.
    if (membersMax !== undefined && by !== this.#owner) return `${by} is not the owner`;
    if (outrank === true && !this.#outranks(by, u)) return `${by} is not above ${u}`;
    return bit === "roles" ? this.#againstRole(kind, by, role) : undefined;
  }

  /** Who the event lets in, and who it puts out. */
  apply({ kind, by, about = {} }: Place): { readonly enters?: number; readonly leaves?: number } {
    const u = about.u ?? by;
    if (kind === "group.create" || kind === "member.join") {
      if (kind === "group.create") this.#owner = by;
      this.#members.set(u, new Set());
      return { enters: u };
    }
    if (REMOVALS.has(kind)) return this.#members.delete(u) ? { leaves: u } : {};
    this.#change(kind, u, about);
    return {};
  }

  #change(kind: string, u: number, { role = 0, to, muteAll }: About): void {
    if (kind === "role.assign") this.#members.get(u)?.add(role);
    else if (kind === "role.take") this.#members.get(u)?.delete(role);
    else if (kind === "group.settings") this.#muteAll = muteAll ?? this.#muteAll;
    else if (kind === "group.transfer") this.#owner = to ?? this.#owner;
  }

  #againstRole(kind: string, by: number, id: number): string | undefined {
    const role = ROLES.get(id);
    if (role === undefined || role.rank >= this.#rank(by)) return `role ${id} is not below ${by}`;
    if (kind === "role.take" || role.bits.every((bit) => this.#holds(by, bit))) return undefined;
    return `role ${id} has a bit that ${by} lacks`;
  }

  #roles(u: number): Role[] {
    return [...(this.#members.get(u) ?? [])].flatMap((id) => ROLES.get(id) ?? []);
  }

  #rank(u: number): number {
    if (u === this.#owner) return OWNER_RANK;
    if (!this.#members.has(u)) return 0;
    return Math.max(MEMBER_RANK, ...this.#roles(u).map(({ rank }) => rank));
  }

  #outranks(u: number, target: number): boolean {
    return target !== u && target !== this.#owner && this.#rank(u) > this.#rank(target);
  }

  #holds(u: number, bit: Bit): boolean {
    if (u === this.#owner) return true;
    return !this.#isMuted(u) && this.#roles(u).some(({ bits }) => bits.includes(bit));
  }

  #isMuted(u: number): boolean {
    if (!this.#muteAll || this.#rank(u) >= MUTE_ALL_FREE_RANK) return false;
    return !this.#roles(u).some(({ bits }) => bits.includes("bypass"));
  }
}

export function isContent(kind: string): boolean {
  return Object.hasOwn(CONTENT_KINDS, kind);
}
