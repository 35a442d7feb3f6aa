import Type, { type Static } from "typebox";
import { Count, closed, Id, TimeMs, text } from "../primitives.ts";
import { LIMITS } from "../tables/limits.ts";
import { ENTITLEMENTS, type Entitlement } from "../tables/policies.ts";
import type { AskSpec, CommandSpec } from "./spec.ts";

const entitlement = Type.Union(ENTITLEMENTS.map((name) => Type.Literal(name)));
/** Where it is known from, as the number of a case: never the number of a card or a paper. */
const ref = text(LIMITS.entitlementRefMaxCodePoints);
/** The person is entitled to this until a time, ms; 0: no more. */
export const EntitleArgs = Type.Object({ to: entitlement, until: TimeMs, ref: Type.Optional(ref) }, closed);
export type EntitleArgs = { to: Entitlement; until: number; ref?: string };

/** Each with its end, ms. `v` counts the changes: only a later one takes the place of what is known. */
const held = Type.Object(Object.fromEntries(ENTITLEMENTS.map((name) => [name, Type.Optional(Count)])), closed);
/** What a group is told of a member. */
export const PutHoldingsArgs = Type.Object({ u: Id, v: Count, held }, closed);
export type PutHoldingsArgs = Omit<Static<typeof PutHoldingsArgs>, "held"> & { held: { [E in Entitlement]?: number } };

export const ENTITLEMENT_COMMANDS = {
  /** By the operator of the installation, with a reason. */
  "person.entitle": { entity: "person", args: EntitleArgs, via: "inside", outsider: true, silent: true },
  "member.holdings": {
    entity: "group",
    args: PutHoldingsArgs,
    via: "inside",
    anyState: true,
    audited: true,
    silent: true,
  },
} as const satisfies Record<string, CommandSpec>;

export const ENTITLEMENT_ASKS = {
  /** One's own. */
  "entitlements.list": { entity: "person", args: Type.Object({}, closed), via: "ask", outsider: true },
} as const satisfies Record<string, AskSpec>;

/** The newest change, at most LIMITS.entitlementChangesKept: what was given until when, for what reason, and from where it is known. */
export type EntitlementChange = {
  readonly to: Entitlement;
  readonly until: number;
  readonly at: number;
  readonly why: string;
  readonly ref: string;
};
/** `held`: what one is entitled to and until when, ms, also what has ended. */
export type EntitlementsList = {
  readonly held: { readonly [E in Entitlement]?: number };
  readonly changes: readonly EntitlementChange[];
};
