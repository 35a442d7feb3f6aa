import { ERRORS, type ErrorCode } from "@guildhall/proto/tables";

type AppErrorOptions = {
  /** What the client is told beside the code: small, and nothing of our insides. */
  readonly d?: unknown;
  /** Wait at least this many ms before a retry. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
};

/** An expected failure. Everything else that is thrown is a bug or a broken dependency. */
export class AppError extends Error {
  override readonly name = "AppError";
  readonly code: ErrorCode;
  readonly d: unknown;
  readonly retryAfterMs: number | undefined;

  /** `detail` goes to logs only; the client sees the code's own text. */
  constructor(code: ErrorCode, detail?: string, options: AppErrorOptions = {}) {
    super(detail === undefined ? code : `${code}: ${detail}`, { cause: options.cause });
    this.code = code;
    this.d = options.d;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** The code the client is told. Whatever is not an AppError is ours, and stays INTERNAL. */
export function errorCodeOf(error: unknown): ErrorCode {
  return error instanceof AppError ? error.code : "INTERNAL";
}

/** Whether the same request may succeed later. */
export function isRetryable(code: ErrorCode): boolean {
  return ERRORS[code].retry;
}
