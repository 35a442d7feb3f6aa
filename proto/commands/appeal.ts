import Type, { type Static } from "typebox";
import { closed, Id, text } from "../primitives.ts";
import { LIMITS } from "../tables/limits.ts";
import type { OPERATOR_STATES } from "../tables/states.ts";
import type { AskSpec, CommandSpec } from "./spec.ts";

export const AppealArgs = Type.Object({ t: text(LIMITS.appealMaxCodePoints, 1) }, closed);
export type AppealArgs = Static<typeof AppealArgs>;
/** The answer to appeal `n`: whether the group is opened again. */
export const AnswerAppealArgs = Type.Object({ n: Id, granted: Type.Boolean() }, closed);
export type AnswerAppealArgs = Static<typeof AnswerAppealArgs>;

export const APPEAL_COMMANDS = {
  "appeal.write": {
    entity: "group",
    args: AppealArgs,
    via: "cmd",
    ownerOnly: true,
    anyState: true,
    audited: true,
  },
  /** By the operator of the installation, with a reason. */
  "appeal.answer": { entity: "group", args: AnswerAppealArgs, via: "inside", anyState: true, audited: true },
} as const satisfies Record<string, CommandSpec>;

/** The newest first; `before` is an appeal. */
export const AppealsListArgs = Type.Object({ g: Id, before: Type.Optional(Id) }, closed);
export type AppealsListArgs = Static<typeof AppealsListArgs>;

export const APPEAL_ASKS = {
  "appeals.list": { entity: "group", args: AppealsListArgs, via: "ask", bit: "VIEW_AUDIT_LOG" },
} as const satisfies Record<string, AskSpec>;

/** Appeal `n` against `state`, by the owner `by`. `answer`: null while there is none. */
export type AppealView = {
  readonly n: number;
  readonly t: string;
  readonly by: number;
  readonly at: number;
  readonly state: (typeof OPERATOR_STATES)[number];
  readonly answer: { readonly at: number; readonly granted: boolean; readonly why: string } | null;
};
export type AppealsList = { readonly appeals: readonly AppealView[]; readonly more: boolean };

/** The text of an appeal is not in its event. An appeal that is granted opens the group: no `group.state` follows. */
export type AppealEvents = {
  readonly "appeal.write": { readonly n: number };
  readonly "appeal.answer": AnswerAppealArgs;
};
