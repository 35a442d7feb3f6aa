import { AppError } from "@guildhall/kernel";
import type { Rate, Taken } from "./presence.ts";

/** Forgives what rounding does to times of thousandths of a millisecond. */
const ROUNDING_MS = 1e-6;

/**
 * A bucket is kept as the time it will be full: each token taken moves that back by the time one token
 * needs, and there is a token as long as it is less than `burst` such times away.
 */
export function refill(
  { perSecond, burst }: Rate,
  fullAtMs: number,
  nowMs: number,
): { taken: Taken; fullAtMs: number } {
  if (!(perSecond > 0 && burst >= 1)) throw new AppError("INTERNAL", `rate of ${perSecond}/s, burst ${burst}`);
  const tokenMs = 1_000 / perSecond;
  const waitMs = fullAtMs - (burst - 1) * tokenMs - nowMs;
  if (waitMs > ROUNDING_MS) return { taken: { ok: false, retryAfterMs: Math.ceil(waitMs) }, fullAtMs };
  return { taken: { ok: true, retryAfterMs: 0 }, fullAtMs: Math.max(fullAtMs, nowMs) + tokenMs };
}
