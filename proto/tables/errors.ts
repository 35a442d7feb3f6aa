type ErrorSpec = {
  /** The number on the wire. Never reused. */
  readonly c: number;
  /** Whether the same request may succeed later. */
  readonly retry: boolean;
  /** For people only; clients act on `c`. */
  readonly text: string;
};

/**
 * Every way a request can fail, as the client sees it.
 * docs/protocol/errors.md lists the same rows; a test keeps the two equal.
 */
export const ERRORS = {
  BAD_FRAME: { c: 100, retry: false, text: "The frame cannot be decoded." },
  BAD_ARGS: { c: 101, retry: false, text: "A field is missing, unknown or out of range." },
  UNKNOWN_METHOD: { c: 102, retry: false, text: "There is no such frame or method." },
  TOO_LARGE: { c: 103, retry: false, text: "The frame or a part of it is too large." },
  UNSUPPORTED: { c: 104, retry: false, text: "This server does not offer that." },
  UNAUTHENTICATED: { c: 200, retry: false, text: "Sign in first." },
  TOKEN_EXPIRED: { c: 201, retry: true, text: "The token has expired; renew it." },
  STEP_UP_REQUIRED: { c: 202, retry: true, text: "Sign in again with your password to do this." },
  NOT_MEMBER: { c: 300, retry: false, text: "You are not a member of this group." },
  FORBIDDEN: { c: 301, retry: false, text: "Your roles do not allow this." },
  RANK: { c: 302, retry: false, text: "Your rank is not above the other's." },
  MUTED: { c: 303, retry: false, text: "You are muted." },
  SLOW_MODE: { c: 304, retry: true, text: "Slow mode: wait before the next message." },
  BANNED: { c: 305, retry: false, text: "You are banned from this group." },
  FROZEN: { c: 306, retry: false, text: "The group does not accept this in its present state." },
  LEXICON: { c: 307, retry: false, text: "The text is not allowed here." },
  PENDING_APPROVAL: { c: 308, retry: false, text: "This waits for approval." },
  QUOTA: { c: 309, retry: false, text: "A limit of the group or the account is reached." },
  LAST_OWNER: { c: 310, retry: false, text: "The owner cannot leave; hand the group over first." },
  POLICY: { c: 311, retry: false, text: "The policy of this group does not allow it." },
  GROUP_FULL: { c: 312, retry: false, text: "The group is full." },
  NOT_FOUND: { c: 400, retry: false, text: "There is no such thing, or you may not see it." },
  CONFLICT: { c: 401, retry: false, text: "Another command has already used this nonce or name." },
  WINDOW_CLOSED: { c: 402, retry: false, text: "The time for this has passed." },
  ALREADY: { c: 403, retry: false, text: "That is already so." },
  STALE_VERSION: { c: 404, retry: true, text: "The state has changed since you looked." },
  STALE_NONCE: { c: 405, retry: false, text: "The nonce is older than 24 hours." },
  RATE_LIMITED: { c: 500, retry: true, text: "Too many requests." },
  UNAVAILABLE: { c: 600, retry: true, text: "Try again shortly." },
  OUTCOME_UNKNOWN: { c: 601, retry: true, text: "It may have happened; repeat it with the same nonce." },
  PERM_STALE: { c: 602, retry: true, text: "Permissions are being refreshed; try again." },
  INTERNAL: { c: 699, retry: false, text: "The server failed; the operators have been told." },
} as const satisfies Record<string, ErrorSpec>;

export type ErrorCode = keyof typeof ERRORS;
