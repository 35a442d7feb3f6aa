import { AppError } from "@guildhall/kernel";
import type { Answer } from "@guildhall/proto";

/** How long to wait before asking again when permissions could not be told. */
const STALE_RETRY_MS = 100;

/** The error a client is told for an answer that is not yes. An answer without a reason is PERM_STALE: never a yes. */
export function refusalToError(answer: Answer): AppError {
  switch (answer.why) {
    case "NO_GROUP":
      return new AppError("NOT_FOUND", "no such group");
    case "NOT_MEMBER":
    case "BANNED":
    case "RANK":
    case "FROZEN":
      return new AppError(answer.why);
    case "MUTED":
      return new AppError("MUTED", undefined, { d: { until: answer.until ?? 0 } });
    case "BIT":
      return new AppError("FORBIDDEN", `needs ${answer.bit}`, { d: { bit: answer.bit } });
    case "POLICY":
      return new AppError("POLICY", undefined, { d: { axis: answer.axis } });
    case "OWNER":
      return new AppError("FORBIDDEN", "owner only", { d: { owner: true } });
    case "STEP_UP":
      return new AppError("STEP_UP_REQUIRED", undefined, { d: { methods: ["password"] } });
    default:
      return new AppError("PERM_STALE", answer.why, { retryAfterMs: STALE_RETRY_MS });
  }
}
