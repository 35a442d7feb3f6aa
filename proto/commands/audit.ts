import Type, { type Static } from "typebox";
import { closed, Id, Seq, Seq0, TimeMs } from "../primitives.ts";
import { LIMITS } from "../tables/limits.ts";
import { RoleId } from "./role.ts";
import type { AskSpec, CommandSpec } from "./spec.ts";

const Method = Type.String({ minLength: 1, maxLength: 64 });

/**
 * Acts of power in a group: with `before` the newest first, below that number; else from the oldest, above `after`.
 * Only those of a person `u`, on a person `on`, by a method `m`, under a role, or at a time from `from` up to `to`, ms.
 */
export const AuditPageArgs = Type.Object(
  {
    g: Id,
    after: Type.Optional(Seq0),
    before: Type.Optional(Seq),
    lim: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.pageMax })),
    u: Type.Optional(Id),
    on: Type.Optional(Id),
    m: Type.Optional(Method),
    role: Type.Optional(RoleId),
    from: Type.Optional(TimeMs),
    to: Type.Optional(TimeMs),
  },
  closed,
);
export type AuditPageArgs = Static<typeof AuditPageArgs>;

export const OpenAuditArgs = Type.Object({}, closed);
export type OpenAuditArgs = Static<typeof OpenAuditArgs>;

export const AUDIT_COMMANDS = {
  /** Lets the actor read acts for LIMITS.auditOpenMs; that is an act itself. Where it is open, nothing happens. */
  "audit.open": {
    entity: "group",
    args: OpenAuditArgs,
    via: "cmd",
    bit: "VIEW_AUDIT_LOG",
    audited: true,
    silent: true,
  },
} as const satisfies Record<string, CommandSpec>;

/** Until when acts may be read, ms. */
export type AuditOpened = { readonly until: number };

export const AUDIT_ASKS = {
  "audit.page": { entity: "group", args: AuditPageArgs, via: "ask", bit: "VIEW_AUDIT_LOG" },
} as const satisfies Record<string, AskSpec>;

/** One act of power: who did what to whom, under which roles, and what it changed. */
export type Act = {
  /** 1, 2, 3 … within the group. */
  readonly n: number;
  readonly at: number;
  readonly u: number;
  /** The device it was done on. */
  readonly dev: string;
  /** 1: spoken as the group. */
  readonly as: number;
  /** Whether it was the owner, and the roles they had. */
  readonly owner: boolean;
  readonly roles: readonly number[];
  readonly m: string;
  /** The person it was done to; 0 nobody. */
  readonly on: number;
  /** Seq of its event; 0 where it shows none. */
  readonly s: number;
  readonly args: unknown;
  /** What it changed, as it was and as it became: by table, then by column or role. */
  readonly before: unknown;
  readonly after: unknown;
  /** The reason that was given. */
  readonly why: string;
  /** "": it was done. Else the code of the error it was refused with: then it changed nothing. */
  readonly refused: string;
};
/** `hash`: SHA-256 over that of the act before and this one, 64 hexadecimal digits. */
export type AuditView = Act & { readonly hash: string };
/** `next`: where to go on, as `after` or `before`. `head`: the newest act and its hash. */
export type AuditPage = {
  readonly acts: readonly AuditView[];
  readonly next: number;
  readonly more: boolean;
  readonly head: { readonly n: number; readonly hash: string };
};
