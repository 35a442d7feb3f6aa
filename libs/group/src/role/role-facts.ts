import type { Tx } from "@guildhall/entity";
import { AppError } from "@guildhall/kernel";
import {
  ALL,
  bitNames,
  includesAll,
  type Mask,
  MEMBER_ROLE_ID,
  mayMakeRole,
  mayTakeRole,
  without,
} from "@guildhall/model";
import type { GroupFacts, RoleBits, RoleFacts } from "@guildhall/proto";
import { badArgs } from "../bad-args.ts";
import type { Decision } from "../decide.ts";
import { nameOf } from "../names.ts";
import { GROUP_ROLES, type RolesRow } from "./tables.ts";

/** The row of a group's roles, which `decisionKeys` names. @throws AppError `NOT_FOUND`. */
export function rolesRowOf(tx: Tx, g: number): RolesRow {
  const row = tx.get(GROUP_ROLES, g);
  if (row === undefined) throw new AppError("NOT_FOUND", "no such group");
  return row;
}

/** @throws AppError `NOT_FOUND` when the group has no such role. */
export function roleOf(group: GroupFacts, id: number): RoleFacts {
  const role = group.roles.find((one) => one.id === id);
  if (role === undefined) throw new AppError("NOT_FOUND", "no such role");
  return role;
}

/**
 * The role of a group that is to be given, taken, copied or deleted; `path`: the argument that names it.
 * @throws AppError `BAD_ARGS` for the Member role, which everybody has; `NOT_FOUND` when there is none.
 */
export function givenRole(group: GroupFacts, id: number, path = "/role"): RoleFacts {
  if (id === MEMBER_ROLE_ID) throw badArgs(path, "is the role of every member");
  return roleOf(group, id);
}

/** The roles among `ids` that the group still has. */
export function livingRoles(group: Pick<GroupFacts, "roles">, ids: readonly number[]): readonly number[] {
  const isLiving = (id: number): boolean => group.roles.some((role) => role.id === id);
  return ids.every(isLiving) ? ids : ids.filter(isLiving);
}

/** @throws AppError `BAD_ARGS` for bits that are not in use. */
export function maskOfBits([lo, hi]: RoleBits): Mask {
  const mask = { lo, hi };
  if (!includesAll(ALL, mask)) throw badArgs("/p", "has bits that are not in use");
  return mask;
}

/**
 * A role's name as it is kept.
 * @throws AppError `BAD_ARGS` for one that cannot be; `CONFLICT` for that of another role, in whatever case.
 */
export function roleNameOf(group: GroupFacts, text: string, id?: number): string {
  const name = nameOf(text, "/name");
  const isTaken = group.roles.some((role) => role.id !== id && role.name.toLowerCase() === name.toLowerCase());
  if (isTaken) throw new AppError("CONFLICT", "another role has this name", { d: { path: "/name" } });
  return name;
}

/** Rule H4: what is changed, deleted or taken away is below one's own rank. @throws AppError `RANK`. */
export function refuseAbove({ facts, effective }: Decision, role: RoleFacts): void {
  if (!mayTakeRole(facts, effective, role)) throw rank();
}

/**
 * Rule H3, of a role that is made, changed or given; `before`: what it was.
 * @throws AppError `RANK`; `FORBIDDEN` with `d.bit` for a bit that is added and that one has not.
 */
export function refuseMade({ effective }: Decision, after: RoleFacts, before?: RoleFacts): void {
  const why = mayMakeRole(effective, after, before);
  if (why === "RANK") throw rank();
  if (why === undefined) return;
  const added = before === undefined ? after : without(after, before);
  throw new AppError("FORBIDDEN", "role has a bit of which one has not", {
    d: { bit: bitNames(without(added, effective))[0] },
  });
}

function rank(): AppError {
  return new AppError("RANK", "role is not below one's own rank");
}
