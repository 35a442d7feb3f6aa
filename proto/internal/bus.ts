import Type, { type Static } from "typebox";
import type { Committed } from "../client/frames.ts";
import type { GroupFacts, MemberFacts } from "../permission/index.ts";
import { Bin16, Count, closed, Id, Lane, Reason, Seq0, TimeMs } from "../primitives.ts";
import type { ErrorCode } from "../tables/errors.ts";

/**
 * A command on its way to the owner of `g`, subject `cmd.<p>`. Stamped by the gateway or the api
 * from what they have verified: never from what a client claims.
 */
export const Command = Type.Object(
  {
    g: Id,
    l: Lane,
    /** Actor (0: the system), its device, and when it last gave a password (0: never). */
    u: Seq0,
    dev: Type.String({ maxLength: 22 }),
    auth: TimeMs,
    n: Bin16,
    m: Type.String({ maxLength: 32 }),
    a: Type.Unknown(),
    as: Type.Integer({ minimum: 0, maximum: 1 }),
    /** Permission version the edge has verified: a floor. */
    pv: Seq0,
    ifV: Type.Optional(Count),
    why: Type.String({ maxLength: 1_024 }),
    /**
     * The owner drops it after this time of its own monotonic clock (`clk` of its beacons), ms. 0: its sender follows no
     * beacons, and says OUTCOME_UNKNOWN where a copy may still come.
     */
    dl: TimeMs,
    /** One attempt: a refusal of it is remembered until `dl`, so that a late copy cannot land. */
    at: Type.String({ maxLength: 40 }),
    /**
     * The epoch and the term of the owner that its sender knew; absent or 0 where it knew none. An owner does not
     * decide what was meant for one before it: that one may have refused it.
     */
    ep: Type.Optional(Seq0),
    term: Type.Optional(Seq0),
  },
  closed,
);
export type Command = Static<typeof Command>;
export const CommandReason = Reason;

export type Failure = { readonly code: ErrorCode; readonly d?: unknown; readonly ra?: number };
/** `d` is what a handler returns beside its place in the lane. */
export type CommandReply = { readonly ok: Committed & { readonly d?: unknown } } | { readonly err: Failure };

/** A question to the owner of entity `g`, subject `ask.<p>`. */
export type AskRequest = { readonly g: number; readonly u: number; readonly m: string; readonly a: unknown };
export type AskReply = { readonly ok: unknown } | { readonly err: Failure };

/**
 * One event as it travels on `ev.<p>` and in the answer to `open`. `bytes` is the event as clients
 * get it, in MessagePack. `flags`: see EVENT_FLAGS.
 */
export type LaneEvent = {
  readonly g: number;
  readonly l: number;
  readonly s: number;
  readonly pv: number;
  /** Position of its record in the journal. */
  readonly pos: number;
  readonly at: number;
  readonly flags: number;
  readonly bytes: Uint8Array;
};
/**
 * permission: changes permissions (decode it) · removal: ends a membership · rewrite: changes an older row (decode it) ·
 * mention: mentions somebody (decode it) · veiled: its `by` is not for everybody.
 */
export const EVENT_FLAGS = { permission: 1, removal: 2, rewrite: 4, mention: 8, veiled: 16 } as const;

/** What one acknowledged record shows, subject `ev.<p>`. */
export type EventBatch = {
  readonly p: number;
  readonly ep: number;
  readonly term: number;
  readonly pos: number;
  readonly events: readonly LaneEvent[];
};

/** Subject `open.<p>`: state of a lane with everything of it that is not yet stored. */
export type OpenRequest = { readonly g: number; readonly l: number };
export type OpenReply =
  | {
      readonly ep: number;
      readonly term: number;
      /** Number of the beacon before this answer. */
      readonly beacon: number;
      /** Head of the lane; newest permission version; messages so far; time of the head. */
      readonly s: number;
      readonly pv: number;
      readonly m: number;
      readonly at: number;
      /** How far the store is, as a journal position. */
      readonly stored: number;
      /** Contiguous up to `s`, rising; everything not stored, but for what `lacks` says. */
      readonly events: readonly LaneEvent[];
      /** Events up to this position that are not stored are missing: the journal alone has them. */
      readonly lacks?: number;
    }
  | { readonly err: Failure };

/** Subject `facts.<p>`: what the rule needs, of a group and of some of its people. */
export type FactsRequest = { readonly g: number; readonly u: readonly number[] };
export type FactsReply =
  | {
      readonly ep: number;
      readonly term: number;
      readonly beacon: number;
      readonly group: GroupFacts;
      readonly members: readonly (readonly [number, MemberFacts])[];
    }
  | { readonly err: Failure };

/** Subject `pv.<p>`: facts that changed. Applies to facts at version `pp` and makes them version `pv`. */
export type FactsDelta = {
  readonly g: number;
  readonly ep: number;
  readonly term: number;
  readonly pp: number;
  readonly pv: number;
  readonly group?: GroupFacts;
  readonly members: readonly (readonly [number, MemberFacts])[];
};

/**
 * Subject `eph.<p>`, of the group's partition: what is told once to those who are there, and kept nowhere.
 * `sid` is the session it came from.
 */
export type EphNews =
  | {
      readonly k: "read";
      readonly g: number;
      readonly u: number;
      readonly sid: string;
      readonly s: number;
      readonly m: number;
    }
  | { readonly k: "typing"; readonly g: number; readonly u: number; readonly sid: string }
  /** Somebody has come to the group or gone: whoever shows how many are there counts again. */
  | { readonly k: "pres"; readonly g: number };

/**
 * Subject `beacon.<p>`, every 500 ms from the owner, numbered `n` within a term. `heads` are the
 * lanes that moved since the beacon before: [group, lane, seq, pv]. `all` says that more moved than fit.
 */
export type Beacon = {
  readonly p: number;
  readonly ep: number;
  readonly term: number;
  readonly n: number;
  /** Monotonic clock of the owner, whole ms: deadlines of commands are in its time. */
  readonly clk: number;
  readonly pos: number;
  readonly stored: number;
  /** Up to this position the owner has let go of bodies that are not stored. */
  readonly gone?: number;
  readonly heads: readonly (readonly [number, number, number, number])[];
  readonly all: boolean;
};
export const BEACON_EVERY_MS = 500;
/** No beacon for this long: the partition is unverified. */
export const BEACON_LOST_MS = 2_000;

/** Why sign-ins ended: by their person, by a refresh token used twice, or by a new password. */
export type RevocationReason = "ended" | "reuse" | "password";
/**
 * Subject `person.<p>`: sign-ins of person `u` that ended at `at`, ms. Sent after their record was acknowledged;
 * whoever misses it finds out by `devices.check`.
 */
export type Revocation = {
  readonly u: number;
  readonly devs: readonly string[] | "all";
  readonly at: number;
  readonly why: RevocationReason;
};
