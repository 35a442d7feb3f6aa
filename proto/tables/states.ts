import type { Bit } from "./bits.ts";

/** What is still possible in a group by its state, besides commands that any state allows. */
type StateSpec = {
  /** Permissions that stay; "all" of them in a group that is active. Everything else is refused with FROZEN. */
  readonly keeps: readonly Bit[] | "all";
  /** Whether people find it by its number. */
  readonly found: boolean;
};

/** Reading, and looking into the record of what was done: for those who might before. */
const READING: readonly Bit[] = ["VIEW_GROUP", "READ_HISTORY", "VIEW_MEMBER_LIST", "VIEW_AUDIT_LOG"];

/**
 * The life of a group. The operator of the installation freezes, bans and reopens it; its owner dissolves it, for good.
 * docs/protocol/states.md lists the same rows; a test keeps the two equal.
 */
export const GROUP_STATES = {
  active: { keeps: "all", found: true },
  frozen: { keeps: READING, found: true },
  banned: { keeps: READING, found: false },
  dissolved: { keeps: READING, found: false },
} as const satisfies Record<string, StateSpec>;

export type GroupState = keyof typeof GROUP_STATES;
/** The states that the operator puts a group into. */
export const OPERATOR_STATES = ["active", "frozen", "banned"] as const satisfies readonly GroupState[];
