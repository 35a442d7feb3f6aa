import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { hasBit, MEMBER_ROLE_ID } from "@guildhall/model";
import { COMMANDS, type EditRoleArgs, type RoleChanges, type RoleEvents, type RoleFacts } from "@guildhall/proto";
import { badArgs } from "../bad-args.ts";
import { decide, decisionKeys } from "../decide.ts";
import { rosterKeys } from "../roster.ts";
import { refuseMoreAdmins } from "./admins.ts";
import { maskOfBits, refuseAbove, refuseMade, roleNameOf, roleOf, rolesRowOf } from "./role-facts.ts";
import { GROUP_ROLES, ROLE_HOLDERS } from "./tables.ts";

/**
 * `role.edit`: changes what is named and not so already, for everybody who has the role; the event has what changed. A
 * bit that one has not may be taken out of a role (H4), not put in (H3). Of the Member role only bits change, and it
 * keeps VIEW_GROUP: whoever is in sees the group.
 * @throws AppError of the rule; `NOT_FOUND` for no role; `BAD_ARGS` for a name or bits that cannot be; `CONFLICT` for
 * another role's name; `RANK` for a role, or a new rank, that is not below one's own; `FORBIDDEN` with `d.bit` for a
 * bit that is added and that one has not; `ALREADY` when nothing changes; `POLICY` where a rank would make more administrators
 * than the policy allows.
 */
export const editRole: Handler<EditRoleArgs> = {
  reads: (_, ctx) => [...decisionKeys(ctx), ...rosterKeys(ctx)],
  run(tx, { role: id, ...wanted }, ctx) {
    const decision = decide(tx, ctx, COMMANDS["role.edit"]);
    const { facts } = decision;
    const before = roleOf(facts, id);
    refuseAbove(decision, before);
    if (id === MEMBER_ROLE_ID) refuseOfMember(wanted);
    const name = wanted.name === undefined ? before.name : roleNameOf(facts, wanted.name, id);
    const bits = wanted.p === undefined ? before : maskOfBits(wanted.p);
    const after: RoleFacts = { id, name, rank: wanted.rank ?? before.rank, lo: bits.lo, hi: bits.hi };
    refuseMade(decision, after, before);
    const changes = changesOf(before, after);
    if (Object.keys(changes).length === 0) throw new AppError("ALREADY", "nothing changes");
    const row = rolesRowOf(tx, ctx.g);
    const roles = row.list.map((role) => (role.id === id ? after : role));
    const holders = tx.get(ROLE_HOLDERS, ctx.g)?.list ?? [];
    refuseMoreAdmins(facts, { roles: row.list, holders }, { roles, holders });
    tx.put(GROUP_ROLES, { ...row, list: roles });
    const body: RoleEvents["role.edit"] = { role: id, ...changes };
    tx.emit({ kind: "role.edit", body, permission: true });
  },
};

function refuseOfMember({ name, rank, p }: RoleChanges): void {
  if (name !== undefined) throw badArgs("/name", "of the Member role stays");
  if (rank !== undefined) throw badArgs("/rank", "of the Member role stays");
  if (p !== undefined && !hasBit({ lo: p[0], hi: p[1] }, "VIEW_GROUP")) throw badArgs("/p", "must have VIEW_GROUP");
}

function changesOf(before: RoleFacts, { name, rank, lo, hi }: RoleFacts): RoleChanges {
  return {
    ...(name === before.name ? {} : { name }),
    ...(rank === before.rank ? {} : { rank }),
    ...(lo === before.lo && hi === before.hi ? {} : { p: [lo, hi] }),
  };
}
