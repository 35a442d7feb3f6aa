import Type, { type Static } from "typebox";
import { closed, Id } from "../primitives.ts";
import { LIMITS } from "../tables/limits.ts";
import type { AskSpec, CommandSpec } from "./spec.ts";

/** All guardians, LIMITS.guardiansMin to LIMITS.guardiansMax, or nobody; `need` of them make another person the owner. */
export const SetGuardiansArgs = Type.Object(
  {
    u: Type.Array(Id, { maxItems: LIMITS.guardiansMax, uniqueItems: true }),
    need: Type.Integer({ minimum: 2, maximum: LIMITS.guardiansMax }),
  },
  closed,
);
export type SetGuardiansArgs = Static<typeof SetGuardiansArgs>;
/** `to`, a member, is to be the owner. */
export const OpenRecoveryArgs = Type.Object({ to: Id }, closed);
export type OpenRecoveryArgs = Static<typeof OpenRecoveryArgs>;
/** The case that was opened at seq `s`. */
export const RecoveryArgs = Type.Object({ s: Id }, closed);
export type RecoveryArgs = Static<typeof RecoveryArgs>;

/** The same; `to`: whom it makes the owner. */
export const FinishRecoveryArgs = Type.Object({ s: Id, to: Id }, closed);
export type FinishRecoveryArgs = Static<typeof FinishRecoveryArgs>;

export const RECOVERY_COMMANDS = {
  "guardian.set": {
    entity: "group",
    args: SetGuardiansArgs,
    via: "cmd",
    ownerOnly: true,
    dangerous: true,
    audited: true,
  },
  "recovery.open": { entity: "group", args: OpenRecoveryArgs, via: "cmd", audited: true },
  "recovery.approve": { entity: "group", args: RecoveryArgs, via: "cmd", audited: true },
  "recovery.veto": { entity: "group", args: RecoveryArgs, via: "cmd", audited: true },
  "recovery.finish": { entity: "group", args: FinishRecoveryArgs, via: "cmd", audited: true },
} as const satisfies Record<string, CommandSpec>;

export const RecoveryGetArgs = Type.Object({ g: Id }, closed);
export type RecoveryGetArgs = Static<typeof RecoveryGetArgs>;

export const RECOVERY_ASKS = {
  "recovery.get": { entity: "group", args: RecoveryGetArgs, via: "ask", bit: "VIEW_MEMBER_LIST" },
} as const satisfies Record<string, AskSpec>;

/** Who may recover the group, and how many of them it takes; nobody: `u` is empty. */
export type Guardians = { readonly u: readonly number[]; readonly need: number };
/**
 * A case: opened at seq `s` by a guardian. `guardians`: those there were then; it is theirs to the end. `due`: from when on it can be finished, ms; 0 while approvals are missing.
 */
export type RecoveryView = {
  readonly s: number;
  readonly to: number;
  readonly by: number;
  readonly at: number;
  readonly why: string;
  readonly guardians: Guardians;
  readonly approvals: readonly number[];
  readonly due: number;
  /** When it lapses, ms. */
  readonly until: number;
};
/** `next`: guardians that take the place of these at a time, ms. `open`: the case there is. */
export type RecoveryGet = {
  readonly guardians: Guardians;
  readonly next: (Guardians & { readonly at: number }) | null;
  readonly open: RecoveryView | null;
};

/** Bodies of the events. Only `recovery.finish` changes permissions. */
export type RecoveryEvents = {
  /** `at`: from when on, ms. */
  readonly "guardian.set": Guardians & { readonly at: number };
  readonly "recovery.open": { readonly to: number; readonly need: number };
  /** `s`: of the case. `due`: as in RecoveryView. */
  readonly "recovery.approve": { readonly s: number; readonly due: number };
  readonly "recovery.veto": { readonly s: number };
  readonly "recovery.finish": { readonly s: number; readonly from: number; readonly to: number };
};
