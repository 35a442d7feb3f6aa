import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { type AssignRoleArgs, COMMANDS, type RoleEvents } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { decideOn, decisionKeys } from "../decide.ts";
import { putRoles, rosterKeys, withHolder } from "../roster.ts";
import { refuseMoreAdmins } from "./admins.ts";
import { givenRole, livingRoles, refuseMade } from "./role-facts.ts";
import { ROLE_HOLDERS } from "./tables.ts";

/**
 * `role.assign`: gives a member a role (H1 on the member, H3 on the role).
 * @throws AppError of the rule; `NOT_FOUND` for no member or no role; `BAD_ARGS` for the Member role;
 * `RANK` for a role that is not below one's own rank; `FORBIDDEN` with `d.bit` for one with a bit that one
 * has not; `ALREADY`; `QUOTA` above LIMITS.rolesPerMemberMax; `POLICY` for one administrator more than the policy allows.
 */
export const assignRole: Handler<AssignRoleArgs> = {
  reads: ({ u }, ctx) => [...decisionKeys(ctx, u), ...rosterKeys(ctx)],
  run(tx, args, ctx) {
    const decision = decideOn(tx, ctx, COMMANDS["role.assign"], args.u);
    const role = givenRole(decision.facts, args.role);
    refuseMade(decision, role);
    const roles = livingRoles(decision.facts, decision.on.roles);
    if (roles.includes(role.id)) throw new AppError("ALREADY", "has the role already");
    if (roles.length >= LIMITS.rolesPerMemberMax) throw new AppError("QUOTA", "too many roles");
    const holders = tx.get(ROLE_HOLDERS, ctx.g)?.list ?? [];
    const given = [...roles, role.id];
    const before = { roles: decision.facts.roles, holders };
    refuseMoreAdmins(decision.facts, before, { ...before, holders: withHolder(holders, args.u, given) });
    putRoles(tx, decision.on, given);
    const body: RoleEvents["role.assign"] = { u: args.u, role: role.id };
    tx.emit({ kind: "role.assign", body, permission: true });
  },
};
