import { GROUPS, type GroupRow } from "@guildhall/group";
import { claimId } from "@guildhall/owner";
import { ENTITLEMENTS_OF, type EntitlementsRow, PERSONS, type PersonRow } from "@guildhall/person";
import {
  type CommandName,
  type Entry,
  type PutHoldingsArgs,
  type PutMembershipArgs,
  REMOVAL_KINDS,
  type RecoveryEvents,
  type TakeClaimArgs,
} from "@guildhall/proto";
import { meaningsForOwner, meaningsOfAccount, meansForAccounts } from "./accounts.ts";

/** A command for another entity that follows from an entry. All are idempotent. */
export type Meaning = { readonly g: number; readonly m: CommandName; readonly a: unknown };

const MEMBERSHIP_KINDS: ReadonlySet<string> = new Set(["group.create", "member.join", ...REMOVAL_KINDS]);

const OTHER_KINDS: ReadonlySet<string> = new Set(["person.create", "person.entitle", "recovery.finish"]);

const NAMING_KINDS: ReadonlySet<string> = new Set(["group.edit", "group.rename"]);

/** Whether an entry means anything to another entity. Cheap: asked of every entry. */
export function means(entry: Entry): boolean {
  const { k } = entry;
  return MEMBERSHIP_KINDS.has(k) || OTHER_KINDS.has(k) || meansForAccounts(entry) || renamed(entry) !== undefined;
}

/** The person who lost a group by a recovery: what signed in before that is to end. */
export function recoveredFrom({ k, b, at }: Entry): { readonly u: number; readonly beforeMs: number } | undefined {
  if (k !== "recovery.finish") return undefined;
  return { u: (b as RecoveryEvents["recovery.finish"]).from, beforeMs: at };
}

/** What somebody is entitled to after an entry that changed it: every group they are in is to know. */
export function entitled(entry: Entry): EntitlementsRow | undefined {
  return entry.k === "person.entitle" ? rowOf<EntitlementsRow>(entry, ENTITLEMENTS_OF.name) : undefined;
}

/** What group `g` is told of somebody in it. */
export function holdingsOf(g: number, { u, v, held }: PutHoldingsArgs): Meaning {
  const args: PutHoldingsArgs = { u, v, held };
  return { g, m: "member.holdings", a: args };
}

/** The group that an entry gave another name: every member's list of groups is to show it. */
export function renamed(entry: Entry): GroupRow | undefined {
  if (!NAMING_KINDS.has(entry.k) || typeof entry.b !== "object" || entry.b === null) return undefined;
  return "name" in entry.b ? rowOf<GroupRow>(entry, GROUPS.name) : undefined;
}

/**
 * What a person is told of `group` by an entry at (`ep`, `pos`): whether they are in it, and since when, ms.
 * Of those who have left `at` is when.
 */
export function membershipOf(
  { g, name, number }: GroupRow,
  u: number,
  told: Pick<PutMembershipArgs, "in" | "at" | "ep" | "pos">,
): Meaning {
  const args: PutMembershipArgs = { g, name, number, ...told };
  return { g: u, m: "membership.put", a: args };
}

/** What an entry at (`ep`, `position`) means for other entities: a person's list of groups, a confirmed name, an account's groups. */
export function meaningsOf(entry: Entry, ep: number, position: number): Meaning[] {
  if (entry.k === "person.create") return confirmPerson(entry);
  // A ban of somebody who was no member changes no group row, and no list of groups.
  const group = rowOf<GroupRow>(entry, GROUPS.name);
  if (group === undefined) return meaningsOfAccount(entry, ep, position);
  const meanings = meaningsForOwner(entry, group);
  if (entry.k === "group.create") {
    const claim: TakeClaimArgs = { kind: "group", name: String(group.number), by: group.g };
    meanings.push({ g: claimId("group", claim.name), m: "claim.confirm", a: claim });
  }
  const u = concerned(entry);
  if (u > 0) {
    meanings.push(membershipOf(group, u, { in: !REMOVAL_KINDS.has(entry.k), at: entry.at, ep, pos: position }));
  }
  return meanings;
}

function confirmPerson(entry: Entry): Meaning[] {
  const person = rowOf<PersonRow>(entry, PERSONS.name);
  if (person === undefined) return [];
  const claim: TakeClaimArgs = { kind: "user", name: person.name, by: person.u };
  return [{ g: claimId("user", person.name), m: "claim.confirm", a: claim }];
}

function rowOf<Row>(entry: Entry, table: string): Row | undefined {
  return (entry.w.find(([name]) => name === table)?.[2] ?? undefined) as Row | undefined;
}

/** The person whose membership changed; 0 if nobody's did. */
function concerned(entry: Entry): number {
  if (entry.k === "group.create") return entry.u;
  const body = entry.b;
  if (typeof body !== "object" || body === null || !("u" in body)) return 0;
  return typeof body.u === "number" ? body.u : 0;
}
