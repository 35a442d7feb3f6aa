import type { Handler } from "@guildhall/entity";
import { COMMANDS, type DeleteRoleArgs, type RoleEvents } from "@guildhall/proto";
import { decide, decisionKeys } from "../decide.ts";
import { rosterKeys } from "../roster.ts";
import { givenRole, refuseAbove, rolesRowOf } from "./role-facts.ts";
import { GROUP_ROLES, ROLE_HOLDERS } from "./tables.ts";

/**
 * `role.delete`: a role is no more, and gives nothing to those who had it. Their rows are not all read for that: the id
 * stays in them, means nothing, and goes with the next change of their roles.
 * @throws AppError of the rule; `NOT_FOUND` for no role; `BAD_ARGS` for the Member role; `RANK` for a role that is not
 * below one's own rank.
 */
export const deleteRole: Handler<DeleteRoleArgs> = {
  reads: (_, ctx) => [...decisionKeys(ctx), ...rosterKeys(ctx)],
  run(tx, { role: id }, ctx) {
    const decision = decide(tx, ctx, COMMANDS["role.delete"]);
    refuseAbove(decision, givenRole(decision.facts, id));
    const row = rolesRowOf(tx, ctx.g);
    tx.put(GROUP_ROLES, { ...row, list: row.list.filter((one) => one.id !== id) });
    const holders = tx.get(ROLE_HOLDERS, ctx.g)?.list ?? [];
    const rest = holders.map(([u, roles]) => [u, roles.filter((one) => one !== id)] as const);
    tx.put(ROLE_HOLDERS, { g: ctx.g, list: rest.filter(([, roles]) => roles.length > 0) });
    const body: RoleEvents["role.delete"] = { role: id };
    tx.emit({ kind: "role.delete", body, permission: true });
  },
};
