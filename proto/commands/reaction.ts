import Type, { type Static } from "typebox";
import { closed, Id, Seq, text } from "../primitives.ts";
import { LIMITS } from "../tables/limits.ts";
import type { AskSpec, CommandSpec } from "./spec.ts";

/** `r`: one emoji, told apart as sent. `on`: true to react so, false to take that back. */
export const ReactArgs = Type.Object({ s: Seq, r: text(LIMITS.reactionMaxCodePoints, 1), on: Type.Boolean() }, closed);
export type ReactArgs = Static<typeof ReactArgs>;

export const REACTION_COMMANDS = {
  "msg.react": { entity: "group", args: ReactArgs, via: "cmd", bit: "ADD_REACTION" },
} as const satisfies Record<string, CommandSpec>;

/** One message, with who reacted, by rising id; `after` is the last id of the page before. */
export const ReactionsGetArgs = Type.Object(
  {
    g: Id,
    s: Seq,
    after: Type.Optional(Id),
    lim: Type.Optional(Type.Integer({ minimum: 1, maximum: LIMITS.pageMax })),
  },
  closed,
);
export type ReactionsGetArgs = Static<typeof ReactionsGetArgs>;
/** The messages from `a` to `z`, at most LIMITS.pageMax seqs: what belongs to a page of history. */
export const ReactionsPageArgs = Type.Object({ g: Id, a: Seq, z: Seq }, closed);
export type ReactionsPageArgs = Static<typeof ReactionsPageArgs>;

export const REACTION_ASKS = {
  "reactions.get": { entity: "group", args: ReactionsGetArgs, via: "ask", bit: "READ_HISTORY" },
  "reactions.page": { entity: "group", args: ReactionsPageArgs, via: "ask", bit: "READ_HISTORY" },
} as const satisfies Record<string, AskSpec>;

/** An emoji and how many have reacted with it, in the order they first came. */
export type ReactionCount = readonly [r: string, n: number];
/** `own`: those of who asks. `people`: somebody and their emoji. */
export type ReactionsOf = {
  readonly counts: readonly ReactionCount[];
  readonly own: readonly string[];
  readonly people: readonly { readonly u: number; readonly r: readonly string[] }[];
  readonly more: boolean;
};
/** Messages that nobody has reacted to are left out. */
export type ReactionsPage = {
  readonly messages: readonly { readonly s: number; readonly counts: readonly ReactionCount[] }[];
};

/** `s` is the message reacted to. */
export type ReactionEvents = { readonly "msg.react": ReactArgs };
