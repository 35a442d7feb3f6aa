import Type, { type Static } from "typebox";
import { closed, Id, text } from "../primitives.ts";
import { LIMITS } from "../tables/limits.ts";
import type { AskSpec, CommandSpec } from "./spec.ts";

export const RoleId = Type.Integer({ minimum: 1, maximum: 1_000_000 });
export const AssignRoleArgs = Type.Object({ u: Id, role: RoleId }, closed);
export type AssignRoleArgs = Static<typeof AssignRoleArgs>;
export const TakeRoleArgs = Type.Object({ u: Id, role: RoleId }, closed);
export type TakeRoleArgs = Static<typeof TakeRoleArgs>;

export const RoleName = text(LIMITS.roleNameMaxCodePoints, 1);
/** Below the owner's. */
export const RoleRank = Type.Integer({ minimum: 1, maximum: LIMITS.roleRankMax });
const BitsLane = Type.Integer({ minimum: 0, maximum: 0xffff_ffff });
/** Permission bits 0–31 and 32–51. */
export const RoleBits = Type.Tuple([BitsLane, BitsLane]);
export type RoleBits = readonly [lo: number, hi: number];

/** `from`: a role whose rank and bits are taken where they are not named. */
export const CreateRoleArgs = Type.Object(
  {
    name: RoleName,
    rank: Type.Optional(RoleRank),
    p: Type.Optional(RoleBits),
    from: Type.Optional(RoleId),
  },
  closed,
);
export type CreateRoleArgs = {
  readonly name: string;
  readonly rank?: number;
  readonly p?: RoleBits;
  readonly from?: number;
};
/** What is not named stays. */
export const EditRoleArgs = Type.Object(
  {
    role: RoleId,
    name: Type.Optional(RoleName),
    rank: Type.Optional(RoleRank),
    p: Type.Optional(RoleBits),
  },
  closed,
);
export type RoleChanges = { readonly name?: string; readonly rank?: number; readonly p?: RoleBits };
export type EditRoleArgs = RoleChanges & { readonly role: number };
export const DeleteRoleArgs = Type.Object({ role: RoleId }, closed);
export type DeleteRoleArgs = Static<typeof DeleteRoleArgs>;

export const ROLE_COMMANDS = {
  "role.create": { entity: "group", args: CreateRoleArgs, via: "cmd", bit: "MANAGE_ROLE", audited: true },
  "role.edit": { entity: "group", args: EditRoleArgs, via: "cmd", bit: "MANAGE_ROLE", audited: true },
  "role.delete": { entity: "group", args: DeleteRoleArgs, via: "cmd", bit: "MANAGE_ROLE", audited: true },
  "role.assign": {
    entity: "group",
    args: AssignRoleArgs,
    via: "cmd",
    bit: "ASSIGN_ROLE",
    onMember: true,
    audited: true,
  },
  /** Giving up a role of one's own is free (H7); the handler says the rest. */
  "role.take": { entity: "group", args: TakeRoleArgs, via: "cmd", audited: true },
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
  readonly p: RoleBits;
};

export type RoleEvents = {
  readonly "role.create": { readonly role: number; readonly name: string; readonly rank: number; readonly p: RoleBits };
  /** What was changed. */
  readonly "role.edit": EditRoleArgs;
  readonly "role.delete": { readonly role: number };
  readonly "role.assign": { readonly u: number; readonly role: number };
  readonly "role.take": { readonly u: number; readonly role: number };
};
