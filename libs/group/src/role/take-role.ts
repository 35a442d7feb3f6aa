import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type CommandSpec, type RoleEvents, type TakeRoleArgs } from "@guildhall/proto";
import { decideOn, decisionKeys } from "../decide.ts";
import { putRoles, rosterKeys } from "../roster.ts";
import { givenRole, livingRoles, refuseAbove } from "./role-facts.ts";

const OWN: CommandSpec = COMMANDS["role.take"];
const ANOTHERS: CommandSpec = { ...OWN, bit: "ASSIGN_ROLE", onMember: true };

/**
 * `role.take`: takes a role away. One's own is free (H7), also while muted; another's takes ASSIGN_ROLE
 * and a rank above theirs (H1) and above the role's (H4).
 * @throws AppError of the rule; `NOT_FOUND` for no member or no role; `BAD_ARGS` for the Member role; `RANK`;
 * `ALREADY` when they do not have it.
 */
export const takeRole: Handler<TakeRoleArgs> = {
  reads: ({ u }, ctx) => [...decisionKeys(ctx, u), ...rosterKeys(ctx)],
  run(tx, { u, role: id }, ctx) {
    const own = u === ctx.actor;
    const decision = decideOn(tx, ctx, own ? OWN : ANOTHERS, u);
    const { facts, on } = decision;
    const role = givenRole(facts, id);
    if (!own) refuseAbove(decision, role);
    if (!on.roles.includes(id)) throw new AppError("ALREADY", "does not have the role");
    const rest = livingRoles(facts, on.roles).filter((one) => one !== id);
    putRoles(tx, on, rest);
    const body: RoleEvents["role.take"] = { u, role: id };
    tx.emit({ kind: "role.take", body, permission: true });
  },
};
