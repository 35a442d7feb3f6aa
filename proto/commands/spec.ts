import type { TSchema } from "typebox";
import type { Bit } from "../tables/bits.ts";
import type { CommandAxis } from "../tables/policies.ts";

/** What kind of thing a command changes: the id it is addressed to is one of these. */
export type EntityKind = "group" | "person" | "claim" | "account";

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
  /** An act of power: it leaves a record of itself. `others`: where it is not done to oneself; `asGroup`: in the group's voice. */
  readonly audited?: true | "others" | "asGroup";
  /** It may be said in the voice of the group. */
  readonly asGroup?: true;
  /** It shows nothing: there is no event of it. */
  readonly silent?: true;
};

/** The bits it takes. SPEAK_AS_GROUP stands in for SEND_MESSAGE, which is for one's own voice. */
export function bitsNeeded({ bit }: Pick<CommandSpec, "bit">, asGroup: boolean): Bit[] {
  if (!asGroup) return bit === undefined ? [] : [bit];
  return bit === undefined || bit === "SEND_MESSAGE" ? ["SPEAK_AS_GROUP"] : [bit, "SPEAK_AS_GROUP"];
}

export type AskSpec = {
  readonly entity: EntityKind;
  readonly args: TSchema;
  readonly via: "ask" | "own" | "inside";
  readonly bit?: Bit;
  readonly outsider?: true;
};
