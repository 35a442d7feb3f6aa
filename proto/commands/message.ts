import Type, { type Static } from "typebox";
import { closed, Id, Seq } from "../primitives.ts";
import { LIMITS } from "../tables/limits.ts";
import type { CommandSpec } from "./spec.ts";

/** The text is kept as sent; one that is empty after trimming is BAD_ARGS, one past LIMITS.text… TOO_LARGE. */
export const TextBody = Type.Object({ t: Type.String({ maxLength: LIMITS.frameInMaxBytes }) }, closed);
export type TextBody = Static<typeof TextBody>;

/** What `send` carries: kind → shape of `b`. `action` is a /me line. */
export const CONTENT_KINDS = { text: TextBody, action: TextBody } as const;
export type ContentKind = keyof typeof CONTENT_KINDS;

const kind = Type.Union([Type.Literal("text"), Type.Literal("action")]);
const mentions = Type.Union([Type.Array(Id, { maxItems: LIMITS.mentionsMax }), Type.Literal("all")]);

export const SendArgs = Type.Object(
  { k: kind, b: TextBody, re: Type.Optional(Seq), mn: Type.Optional(mentions) },
  closed,
);
export type SendArgs = Static<typeof SendArgs>;
export const EditArgs = Type.Object({ s: Seq, b: TextBody }, closed);
export type EditArgs = Static<typeof EditArgs>;
export const RecallArgs = Type.Object({ s: Seq }, closed);
export type RecallArgs = Static<typeof RecallArgs>;
export const DeleteArgs = Type.Object({ s: Seq }, closed);
export type DeleteArgs = Static<typeof DeleteArgs>;

export const MESSAGE_COMMANDS = {
  "msg.send": { entity: "group", args: SendArgs, via: "own", bit: "SEND_MESSAGE", asGroup: true, audited: "asGroup" },
  "msg.edit": { entity: "group", args: EditArgs, via: "cmd", bit: "SEND_MESSAGE", asGroup: true, audited: "asGroup" },
  "msg.recall": { entity: "group", args: RecallArgs, via: "cmd", axis: "recall", asGroup: true, audited: "asGroup" },
  "msg.delete": {
    entity: "group",
    args: DeleteArgs,
    via: "cmd",
    bit: "DELETE_ANY_MESSAGE",
    axis: "delete",
    audited: true,
  },
} as const satisfies Record<string, CommandSpec>;

/** Bodies of the events. `s` is the seq that was rewritten. */
export type MessageEvents = {
  readonly text: TextBody;
  readonly action: TextBody;
  readonly "msg.edit": { readonly s: number; readonly b: TextBody };
  readonly "msg.recall": { readonly s: number };
  readonly "msg.delete": { readonly s: number };
};
