import Type, { type Static } from "typebox";
import { closed, Id } from "../primitives.ts";
import type { AskSpec } from "./spec.ts";

export const PresenceCountArgs = Type.Object({ g: Id }, closed);
export type PresenceCountArgs = Static<typeof PresenceCountArgs>;

export const PRESENCE_ASKS = {
  "presence.count": { entity: "group", args: PresenceCountArgs, via: "own", bit: "VIEW_GROUP" },
} as const satisfies Record<string, AskSpec>;

/** `on`: people with at least one connection that is subscribed to the group, each counted once. */
export type PresenceCount = { readonly on: number };
