import Type, { type Static } from "typebox";
import { closed, Id, Seq } from "../primitives.ts";
import type { AskSpec, CommandSpec } from "./spec.ts";

export const PinArgs = Type.Object({ s: Seq }, closed);
export type PinArgs = Static<typeof PinArgs>;
export const UnpinArgs = Type.Object({ s: Seq }, closed);
export type UnpinArgs = Static<typeof UnpinArgs>;

export const PIN_COMMANDS = {
  "msg.pin": { entity: "group", args: PinArgs, via: "cmd", bit: "PIN_MESSAGE", asGroup: true, audited: true },
  "msg.unpin": { entity: "group", args: UnpinArgs, via: "cmd", bit: "PIN_MESSAGE", asGroup: true, audited: true },
} as const satisfies Record<string, CommandSpec>;

export const PinsListArgs = Type.Object({ g: Id }, closed);
export type PinsListArgs = Static<typeof PinsListArgs>;

export const PIN_ASKS = {
  "pins.list": { entity: "group", args: PinsListArgs, via: "ask", bit: "READ_HISTORY" },
} as const satisfies Record<string, AskSpec>;

/** A pinned message: `by` pinned it at `at`, ms. `gr`: as the group, as in events; `by` is 0 for whom it is not for. */
export type PinView = { readonly s: number; readonly by: number; readonly at: number; readonly gr?: 1 | 2 };
/** In the order they were pinned. */
export type PinsList = { readonly pins: readonly PinView[] };

/** A message whose body goes is unpinned by that event. */
export type PinEvents = {
  readonly "msg.pin": { readonly s: number };
  readonly "msg.unpin": { readonly s: number };
};
