import Type, { type Static } from "typebox";
import { closed, Id } from "../primitives.ts";
import type { AskSpec, CommandSpec } from "./spec.ts";

export const RoleId = Type.Integer({ minimum: 1, maximum: 1_000_000 });
export const AssignRoleArgs = Type.Object({ u: Id, role: RoleId }, closed);
export type AssignRoleArgs = Static<typeof AssignRoleArgs>;
export const TakeRoleArgs = Type.Object({ u: Id, role: RoleId }, closed);
export type TakeRoleArgs = Static<typeof TakeRoleArgs>;

export const ROLE_COMMANDS = {
  "role.assign": { entity: "group", args: AssignRoleArgs, via: "cmd", bit: "ASSIGN_ROLE", onMember: true },
  /** Giving up a role of one's own is free (H7); the handler says the rest. */
  "role.take": { entity: "group", args: TakeRoleArgs, via: "cmd" },
} as const satisfies Record<string, CommandSpec>;

export const RolesListArgs = Type.Object({ g: Id }, closed);
export type RolesListArgs = Static<typeof RolesListArgs>;
export const ROLE_ASKS = {
  "roles.list": { entity: "group", args: RolesListArgs, via: "ask", bit: "VIEW_GROUP" },
} as const satisfies Record<string, AskSpec>;

export type RoleView = {
  readonly id: number;
  readonly name: string;
  readonly rank: number;
  /** Bits 0–31 and 32–51. */
  readonly p: readonly [number, number];
};

export type RoleEvents = {
  readonly "role.assign": { readonly u: number; readonly role: number };
  readonly "role.take": { readonly u: number; readonly role: number };
};
