import { ACCOUNTS, type AccountRow, toldOf } from "@guildhall/account";
import type { GroupRow } from "@guildhall/group";
import type { AccountGroupArgs, Entry, GroupOperatorsArgs, PutSeatArgs } from "@guildhall/proto";
import type { Meaning } from "./meanings.ts";

/** What changes who acts for an account, or where. */
const TOLD_KINDS: ReadonlySet<string> = new Set([
  "account.create",
  "account.rename",
  "account.confirm",
  "operator.set",
  "operator.remove",
]);
/** What a group says of itself to the account that owns it. */
const OWNED_KINDS: ReadonlySet<string> = new Set(["group.create", "group.adopt", "group.dissolve"]);

/** Whether an entry may mean something to an account, or to what belongs to one. Cheap: asked of every entry. */
export function meansForAccounts({ k }: Entry): boolean {
  return TOLD_KINDS.has(k) || OWNED_KINDS.has(k);
}

/** What an entry of an account means: its groups hear of its operators, and those of their account. */
export function meaningsOfAccount(entry: Entry, ep: number, pos: number): Meaning[] {
  if (!TOLD_KINDS.has(entry.k)) return [];
  const account = entry.w.find(([table]) => table === ACCOUNTS.name)?.[2] as AccountRow | null | undefined;
  if (account == null) return [];
  if (entry.k !== "account.confirm") return tellingOf(account, { ep, pos });
  // What has changed since it was told with the yes.
  return groupsTold({ ...account, groups: [(entry.b as AccountGroupArgs).g] });
}

/** All that an account has to tell, as of (`ep`, `pos`). Whoever knows it already changes nothing. */
export function tellingOf(account: AccountRow, told: Pick<PutSeatArgs, "ep" | "pos">): Meaning[] {
  const { a, name, operators, gone } = account;
  const seat = (u: number, rest: Pick<PutSeatArgs, "in" | "grade">): Meaning => {
    const args: PutSeatArgs = { a, name, ...rest, ...told };
    return { g: u, m: "seat.put", a: args };
  };
  return [
    ...operators.map(([u, grade]) => seat(u, { in: true, grade })),
    ...gone.map((u) => seat(u, { in: false, grade: "staff" })),
    ...groupsTold(account),
  ];
}

function groupsTold(account: AccountRow): Meaning[] {
  const args: GroupOperatorsArgs = { account: toldOf(account), gone: account.gone };
  return account.groups.map((g) => ({ g, m: "group.operators", a: args }));
}

/** What a group that was made, given or dissolved says to the account that owns it, if one does. */
export function meaningsForOwner({ k }: Pick<Entry, "k">, { g, account }: GroupRow): Meaning[] {
  if (account == null || !OWNED_KINDS.has(k)) return [];
  const args: AccountGroupArgs = { g };
  return [{ g: account.a, m: k === "group.dissolve" ? "account.drop" : "account.confirm", a: args }];
}
