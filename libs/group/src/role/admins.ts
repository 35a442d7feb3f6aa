import { AppError } from "@guildhall/kernel";
import { isAdmin, policyOf } from "@guildhall/model";
import type { GroupFacts, RoleFacts } from "@guildhall/proto";
import type { Holder } from "./tables.ts";

/** The roles of a group and who has them, before a command or after it. */
type Given = { readonly roles: readonly RoleFacts[]; readonly holders: readonly Holder[] };

/**
 * Refuses what would make more administrators than the policy of the group allows. Those who are beyond it already,
 * from before another policy, stay.
 * @throws AppError `POLICY` with `d.axis` "admins" and `d.max`.
 */
export function refuseMoreAdmins(facts: GroupFacts, before: Given, after: Given): void {
  const max = policyOf(facts).admins;
  if (max === null) return;
  const count = countAdmins(after);
  if (count <= max || count <= countAdmins(before)) return;
  throw new AppError("POLICY", `at most ${max} administrators`, { d: { axis: "admins", max } });
}

function countAdmins({ roles, holders }: Given): number {
  return holders.filter(([, held]) => isAdmin(roles, held)).length;
}
