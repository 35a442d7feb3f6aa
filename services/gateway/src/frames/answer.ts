import { AppError, errorCodeOf } from "@guildhall/kernel";
import { ERRORS, SERVER_FRAME } from "@guildhall/proto/tables";
import type { Session } from "../session/session.ts";

/** Tells the client what went wrong: the code's own text, and nothing of our insides. */
export function answerError(session: Session, i: number | undefined, error: unknown): void {
  const { c, text, retry } = ERRORS[errorCodeOf(error)];
  const { d, retryAfterMs } = error instanceof AppError ? error : { d: undefined, retryAfterMs: undefined };
  session.send({
    t: SERVER_FRAME.err,
    ...(i === undefined ? {} : { i }),
    c,
    m: text,
    r: retry,
    ...(retryAfterMs === undefined ? {} : { ra: Math.ceil(retryAfterMs) }),
    ...(d === undefined ? {} : { d }),
  });
}
