import type { GroupFacts, MemberFacts } from "@guildhall/proto";
import { DEFAULT_POLICY } from "@guildhall/proto/tables";
import { type GroupRow, policyNameOf } from "./lifecycle/tables.ts";
import type { MemberRow } from "./membership/tables.ts";
import type { RolesRow } from "./role/tables.ts";

/** Rows are never changed in place, so facts made from them hold for as long as the rows live. */
const made = new WeakMap<GroupRow, { readonly roles: RolesRow; readonly facts: GroupFacts }>();

/**
 * What the rule needs of a group at permission version `v`. The same rows and version give the same
 * object: the rule keeps what it works out of a group by the identity of its facts.
 */
export function groupFactsOf(group: GroupRow, roles: RolesRow, v: number): GroupFacts {
  const known = made.get(group);
  if (known !== undefined && known.roles === roles && known.facts.v === v) return known.facts;
  const { g, owner, state, muteAll, authFrom } = group;
  const policy = policyNameOf(group);
  const facts: GroupFacts = {
    g,
    v,
    owner,
    state,
    muteAll,
    roles: roles.list,
    ...(policy === DEFAULT_POLICY ? {} : { policy }),
    ...((authFrom ?? 0) === 0 ? {} : { authFrom: authFrom ?? 0 }),
    ...(group.account == null ? {} : { operators: group.account.op }),
  };
  made.set(group, { roles, facts });
  return facts;
}

/** What it needs of a member; null of somebody who never joined or is no longer in. */
export function memberFactsOf(row: MemberRow | undefined): MemberFacts {
  return row?.state === "in" ? { roles: row.roles, mute: row.mute } : null;
}
