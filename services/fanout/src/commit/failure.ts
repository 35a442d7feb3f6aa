import { AppError } from "@guildhall/kernel";
import type { Failure } from "@guildhall/proto";

export function failure(code: Failure["code"], ra?: number): { err: Failure } {
  return { err: ra === undefined ? { code } : { code, ra } };
}

/** What is told of an error: `INTERNAL` for one that is no AppError. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof AppError)) return { code: "INTERNAL" };
  const { code, d, retryAfterMs } = error;
  return { code, ...(d === undefined ? {} : { d }), ...(retryAfterMs === undefined ? {} : { ra: retryAfterMs }) };
}
