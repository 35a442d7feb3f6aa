import Type, { type Static } from "typebox";
import type { Cause } from "../permission/index.ts";
import { Count, closed, Id, TimeMs } from "../primitives.ts";
import type { AskSpec } from "./spec.ts";

/**
 * Why may one not do `m` in the group, about person `u`? With `c`, the number of an error that one was told, and what
 * of its details a cause is told by: why was it that?
 */
export const ExplainArgs = Type.Object(
  {
    g: Id,
    m: Type.String({ minLength: 1, maxLength: 64 }),
    u: Type.Optional(Id),
    c: Type.Optional(Count),
    d: Type.Optional(
      Type.Object(
        {
          bit: Type.Optional(Type.String({ maxLength: 64 })),
          axis: Type.Optional(Type.String({ maxLength: 64 })),
          until: Type.Optional(TimeMs),
          max: Type.Optional(Count),
          window: Type.Optional(Count),
          owner: Type.Optional(Type.Boolean()),
        },
        closed,
      ),
    ),
  },
  closed,
);
export type ExplainArgs = Static<typeof ExplainArgs>;

export const EXPLAIN_ASKS = {
  explain: { entity: "group", args: ExplainArgs, via: "own", outsider: true },
} as const satisfies Record<string, AskSpec>;

/** `ok`: the permissions allow it now. Without a cause it was no matter of rights. */
export type Explained = { readonly ok: boolean; readonly cause?: Cause };
