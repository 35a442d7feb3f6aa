import { LIMITS } from "@guildhall/proto/tables";
import type { AccessClaims } from "./claims.ts";
import { SKEW_MAX_S } from "./claims.ts";

/** The clocks of signer and owner may differ; and a token knows whole seconds only. */
const SLACK_MS = (SKEW_MAX_S + 1) * 1_000;

/**
 * Whether a token belongs to the sign-in that its device has now, which began at `atMs`; 0: it has none. A token
 * that was made before then is of an earlier sign-in, which has ended.
 */
export function isOfSignIn({ exp }: Pick<AccessClaims, "exp">, atMs: number): boolean {
  return atMs > 0 && exp - LIMITS.accessTokenMs + SLACK_MS >= atMs;
}
