import { STATUS_CODES } from "node:http";
import { AppError } from "@guildhall/kernel";
import { ERRORS, type ErrorCode } from "@guildhall/proto/tables";

export const PROBLEM_TYPE = "application/problem+json";

/** Told to those who were not told when to come back. */
const RETRY_AFTER_MS = 1_000;

const STATUS: Readonly<Record<ErrorCode, number>> = {
  BAD_FRAME: 400,
  BAD_ARGS: 400,
  UNKNOWN_METHOD: 405,
  TOO_LARGE: 413,
  UNSUPPORTED: 415,
  UNAUTHENTICATED: 401,
  TOKEN_EXPIRED: 401,
  STEP_UP_REQUIRED: 401,
  NOT_MEMBER: 403,
  FORBIDDEN: 403,
  RANK: 403,
  MUTED: 403,
  SLOW_MODE: 429,
  BANNED: 403,
  FROZEN: 403,
  LEXICON: 403,
  PENDING_APPROVAL: 403,
  QUOTA: 409,
  LAST_OWNER: 409,
  POLICY: 403,
  GROUP_FULL: 409,
  NOT_FOUND: 404,
  CONFLICT: 409,
  WINDOW_CLOSED: 409,
  ALREADY: 409,
  STALE_VERSION: 409,
  STALE_NONCE: 409,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
  OUTCOME_UNKNOWN: 503,
  PERM_STALE: 503,
  INTERNAL: 500,
};

/** What the HTTP library refuses by itself, by its status. */
const CODE_OF_STATUS: ReadonlyMap<number, ErrorCode> = new Map([
  [404, "NOT_FOUND"],
  [405, "UNKNOWN_METHOD"],
  [408, "BAD_FRAME"],
  [413, "TOO_LARGE"],
  [414, "NOT_FOUND"],
  [415, "UNSUPPORTED"],
  [431, "TOO_LARGE"],
  [503, "UNAVAILABLE"],
]);

export type Problem = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

/**
 * The answer to a request that failed (RFC 9457). `detail` is the code's own text and `d` what the error
 * lets the client know: nothing else of the error leaves the process.
 */
export function problemOf(error: AppError, status = STATUS[error.code]): Problem {
  const { code, d } = error;
  const { c, text } = ERRORS[code];
  const headers: Record<string, string> = { "content-type": PROBLEM_TYPE };
  const retryMs = status === 429 || status === 503 ? (error.retryAfterMs ?? RETRY_AFTER_MS) : undefined;
  if (retryMs !== undefined) headers["retry-after"] = String(Math.max(1, Math.ceil(retryMs / 1_000)));
  if (status === 401) headers["www-authenticate"] = "Bearer";
  const body = JSON.stringify({
    type: "about:blank",
    title: STATUS_CODES[status] ?? "Error",
    status,
    code,
    c,
    detail: text,
    ...(retryMs === undefined ? {} : { ra: retryMs }),
    ...(d === undefined ? {} : { d }),
  });
  return { status, headers, body };
}

/** Whatever was thrown as an AppError: what the HTTP library refused by its status, all else as INTERNAL. */
export function appErrorOf(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  const status = thrown instanceof Error && "statusCode" in thrown ? Number(thrown.statusCode) : 500;
  const known = CODE_OF_STATUS.get(status);
  const code = known ?? (status >= 400 && status < 500 ? "BAD_ARGS" : "INTERNAL");
  return new AppError(code, "refused by the HTTP server", { cause: thrown });
}
