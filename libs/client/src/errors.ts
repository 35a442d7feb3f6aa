import { ERRORS, type ErrorCode } from "@guildhall/proto/tables";

type ErrorFields = {
  /** The number the server sent, where it differs from the table's: a newer server. */
  readonly c?: number;
  readonly d?: unknown;
  readonly retry?: boolean;
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
};

/** Why a command or a question failed. `code` and `c` are those of the error table. */
export class GuildhallError extends Error {
  override readonly name = "GuildhallError";
  readonly code: ErrorCode;
  readonly c: number;
  /** Details the server gave, by code. */
  readonly d: unknown;
  /** Whether the same request may succeed later. */
  readonly retry: boolean;
  /** Wait at least this long before that, ms. */
  readonly retryAfterMs: number | undefined;

  constructor(code: ErrorCode, message?: string, fields: ErrorFields = {}) {
    super(message ?? ERRORS[code].text, { cause: fields.cause });
    this.code = code;
    this.c = fields.c ?? ERRORS[code].c;
    this.d = fields.d;
    this.retry = fields.retry ?? ERRORS[code].retry;
    this.retryAfterMs = fields.retryAfterMs;
  }
}

const BY_NUMBER: ReadonlyMap<number, ErrorCode> = new Map(
  Object.entries(ERRORS).map(([code, spec]) => [spec.c, code as ErrorCode]),
);

/** The error of an `err` frame or of a refused row. A number this client does not know becomes INTERNAL and keeps its number. */
export function errorFrom(fields: { c: number; m: string; r?: boolean; ra?: number; d?: unknown }): GuildhallError {
  return new GuildhallError(BY_NUMBER.get(fields.c) ?? "INTERNAL", fields.m, {
    c: fields.c,
    d: fields.d,
    ...(fields.r === undefined ? {} : { retry: fields.r }),
    ...(fields.ra === undefined ? {} : { retryAfterMs: fields.ra }),
  });
}
