import { AppError } from "@guildhall/kernel";
import type { Attribution, GroupAccount, GroupCategory, GroupState } from "@guildhall/proto";
import { DEFAULT_POLICY, type PolicyName } from "@guildhall/proto/tables";
import { defineTable } from "@guildhall/store";
import type { HeldBy } from "../membership/tables.ts";

/** A group: its profile and what is true of all of it. */
export type GroupRow = {
  readonly g: number;
  /** The number people find it by, unique by its claim. */
  readonly number: number;
  /** The person who owns it: always a member, without roles and never muted. Or the account that does. */
  readonly owner: number;
  readonly name: string;
  readonly category: GroupCategory;
  readonly tags: readonly string[];
  readonly intro: string;
  readonly state: GroupState;
  /** Nobody below rank 800 may write. */
  readonly muteAll: boolean;
  /** Least time between two messages of one person, ms; 0 none. */
  readonly slowMs: number;
  /** How many may be in; 0 stands for what the policy says. */
  readonly membersMax: number;
  /** Who sees which person speaks as the group; null stands for "admins". */
  readonly attribution: Attribution | null;
  /** How many rows of MEMBERS are "in". */
  readonly members: number;
  /** When it was created, ms. */
  readonly at: number;
  /** The policy it was given, with the seq of that; null, or absent in journals from before, stands for the default. */
  readonly policy: GroupPolicy | null;
  /** Announcements are published as the group only; null, or absent in journals from before, stands for no. */
  readonly official: boolean | null;
  /** As in GroupView; null, or absent in journals from before, stands for none. */
  readonly avatar: number | null;
  /** The same for no. */
  readonly locked: boolean | null;
  /** A copy of what the owner is entitled to, so that a joining need not read the owner. */
  readonly ownerHolds: HeldBy | null;
  /** When it was recovered last, ms; 0, null, or absent in journals from before, never. */
  readonly authFrom: number | null;
  /** From when on its owner can dissolve it, ms; 0, null, or absent in journals from before, was not announced. */
  readonly dissolveAt: number | null;
  /** The account that owns it; null, or absent in journals from before, where a person does. */
  readonly account: GroupAccount | null;
};
export type GroupPolicy = { readonly name: PolicyName; readonly s: number };

export function policyNameOf({ policy }: GroupRow): PolicyName {
  return policy?.name ?? DEFAULT_POLICY;
}

/** For what only a person can do with a group of theirs. @throws AppError `FORBIDDEN` with `d.account`. */
export function refuseOwnedByAccount({ account }: GroupRow): void {
  if (account == null) return;
  throw new AppError("FORBIDDEN", "the group belongs to an account", { d: { account: account.a } });
}

export const GROUPS = defineTable<GroupRow>({
  name: "groups",
  partition: ["g"],
  clustering: [],
  columns: {
    g: "int",
    number: "int",
    owner: "int",
    name: "text",
    category: "text",
    tags: "texts",
    intro: "text",
    state: "text",
    muteAll: "bool",
    slowMs: "int",
    membersMax: "int",
    members: "int",
    at: "int",
    policy: "json",
    attribution: "text",
    official: "bool",
    avatar: "int",
    locked: "bool",
    ownerHolds: "json",
    authFrom: "int",
    dissolveAt: "int",
    account: "json",
  },
});
