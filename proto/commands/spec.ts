import type { TSchema } from "typebox";
import type { Bit } from "../tables/bits.ts";
import type { CommandAxis } from "../tables/policies.ts";

/** What kind of thing a command changes: the id it is addressed to is one of these. */
export type EntityKind = "group" | "person" | "claim";

/**
 * One command: where it goes, what it takes and what it needs. The same row serves the gateway's
 * fast refusal and the owner's decision.
 */
export type CommandSpec = {
  readonly entity: EntityKind;
  /** Shape of `a`; unknown keys are refused. */
  readonly args: TSchema;
  /** Who may send it: any client by `cmd`, a client by its own frame or `ask`, or only our services. */
  readonly via: "cmd" | "own" | "inside";
  /** The bit the actor needs. None: the handler says what it takes. */
  readonly bit?: Bit;
  /** What the policy of the group may decide in place of `bit`. */
  readonly axis?: CommandAxis;
  /** The argument `u` names a member whom the actor must outrank (rule H1). */
  readonly onMember?: true;
  /** Only the owner of the group. */
  readonly ownerOnly?: true;
  /** Needs a password sign-in at most LIMITS.dangerousSignInMaxMs old, besides dangerous bits. */
  readonly dangerous?: true;
  /** Allowed whatever the state of the group. */
  readonly anyState?: true;
  /** Needs no membership (joining, creating). */
  readonly outsider?: true;
  /** An act of power: it leaves a record of itself. `others`: where it is not done to oneself. */
  readonly audited?: true | "others";
  /** It shows nothing: there is no event of it. */
  readonly silent?: true;
};

export type AskSpec = {
  readonly entity: EntityKind;
  readonly args: TSchema;
  readonly via: "ask" | "own" | "inside";
  readonly bit?: Bit;
  readonly outsider?: true;
};
