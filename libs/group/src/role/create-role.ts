import type { Handler } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import { COMMANDS, type CreateRoleArgs, type RoleEvents, type RoleFacts } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { badArgs } from "../bad-args.ts";
import { decide, decisionKeys } from "../decide.ts";
import { givenRole, maskOfBits, refuseMade, roleNameOf, rolesRowOf } from "./role-facts.ts";
import { GROUP_ROLES } from "./tables.ts";

/**
 * `role.create`: a new role, or a copy of one under another name. Its id is in the event.
 * @throws AppError of the rule; `BAD_ARGS` for a name or bits that cannot be, where rank or bits are missing without
 * `from`, and for a copy of the Member role; `NOT_FOUND` for a copy of none; `CONFLICT` for another role's name; `RANK`
 * for a rank that is not below one's own; `FORBIDDEN` with `d.bit` for a bit that one has not; `QUOTA` above
 * LIMITS.rolesPerGroupMax.
 */
export const createRole: Handler<CreateRoleArgs> = {
  reads: (_, ctx) => decisionKeys(ctx),
  run(tx, args, ctx) {
    const decision = decide(tx, ctx, COMMANDS["role.create"]);
    const { facts } = decision;
    const copied = args.from === undefined ? undefined : givenRole(facts, args.from, "/from");
    const row = rolesRowOf(tx, ctx.g);
    const role: RoleFacts = {
      id: row.next,
      name: roleNameOf(facts, args.name),
      rank: needed(args.rank ?? copied?.rank, "/rank"),
      ...(args.p === undefined ? needed(copied && { lo: copied.lo, hi: copied.hi }, "/p") : maskOfBits(args.p)),
    };
    refuseMade(decision, role);
    if (row.list.length >= LIMITS.rolesPerGroupMax) throw new AppError("QUOTA", "too many roles");
    tx.put(GROUP_ROLES, { ...row, list: [...row.list, role], next: row.next + 1 });
    const { id, name, rank, lo, hi } = role;
    const body: RoleEvents["role.create"] = { role: id, name, rank, p: [lo, hi] };
    tx.emit({ kind: "role.create", body, permission: true });
  },
};

function needed<T>(value: T | undefined, path: string): T {
  if (value === undefined) throw badArgs(path, "is missing, and no role is copied");
  return value;
}
