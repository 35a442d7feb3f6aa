import { AppError } from "@guildhall/kernel";
import { MEMBER_ROLE_ID } from "@guildhall/model";
import type { GroupFacts, RoleFacts } from "@guildhall/proto";
import { badArgs } from "../bad-args.ts";

/**
 * The role of a group that is to be given or taken.
 * @throws AppError `BAD_ARGS` for the Member role, which everybody has; `NOT_FOUND` when there is none.
 */
export function givenRole(group: GroupFacts, id: number): RoleFacts {
  if (id === MEMBER_ROLE_ID) throw badArgs("/role", "is the role of every member");
  const role = group.roles.find((one) => one.id === id);
  if (role === undefined) throw new AppError("NOT_FOUND", "no such role");
  return role;
}
