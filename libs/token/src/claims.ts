import { AppError, fromBase64Url, isId } from "@guildhall/kernel";
import { CLOCKS_APART_MAX_MS, LIMITS } from "@guildhall/proto/tables";

/** What an access token says. Times are ms since 1970; in the token itself they are whole seconds. */
export type AccessClaims = {
  /** The person. */
  readonly sub: number;
  /** The device, 16 bytes as 22 characters of base64url. */
  readonly dev: string;
  /** When a password was last given on the device; 0: never. */
  readonly auth: number;
  readonly exp: number;
  readonly sid?: string;
};

export const ALGORITHM = "EdDSA";
export const TOKEN_TYPE = "at+jwt";
export const ISSUER = "guildhall";
export const AUDIENCE = "guildhall";
/** Larger than any token we sign (about 400 bytes), small enough to refuse before anything is decoded. */
export const TOKEN_MAX_BYTES = 2_048;
/** How far the clocks of signer and verifier may differ: half a minute more than is borne between processes. */
export const SKEW_MAX_S = CLOCKS_APART_MAX_MS / 1_000 + 30;

const ID_TEXT = /^[1-9][0-9]{0,15}$/;
const NAME_MAX_CHARS = 64;
const DEVICE_BYTES = 16;

/** @throws AppError `UNAUTHENTICATED` */
export function refuse(why: string): never {
  throw new AppError("UNAUTHENTICATED", why);
}

/**
 * Reads the claims of a token whose signature holds. Expiry is looked at last, so that TOKEN_EXPIRED
 * is said only of a token that was good.
 *
 * @throws AppError `UNAUTHENTICATED`, `TOKEN_EXPIRED`.
 */
export function readClaims(claims: Record<string, unknown>, nowS: number): AccessClaims {
  if (claims["iss"] !== ISSUER) refuse("iss");
  if (claims["aud"] !== AUDIENCE) refuse("aud");
  const sub = subjectOf(claims["sub"]);
  const dev = deviceOf(claims["dev"]);
  const sid = claims["sid"] === undefined ? undefined : nameOf(claims["sid"], "sid");
  nameOf(claims["jti"], "jti");

  const latestS = nowS + SKEW_MAX_S;
  const auth = secondsOf(claims["auth"], "auth");
  const iat = secondsOf(claims["iat"], "iat");
  const exp = secondsOf(claims["exp"], "exp");
  if (iat > latestS) refuse("iat is in the future");
  if (auth > latestS) refuse("auth is in the future");
  if (claims["nbf"] !== undefined && secondsOf(claims["nbf"], "nbf") > latestS) refuse("nbf is in the future");
  if (exp <= iat || exp - iat > LIMITS.accessTokenMs / 1_000) refuse("lifetime");
  if (exp <= nowS - SKEW_MAX_S) throw new AppError("TOKEN_EXPIRED");

  return { sub, dev, auth: auth * 1_000, exp: exp * 1_000, ...(sid === undefined ? {} : { sid }) };
}

function subjectOf(value: unknown): number {
  if (typeof value !== "string" || !ID_TEXT.test(value)) return refuse("sub");
  const id = Number(value);
  return isId(id) ? id : refuse("sub");
}

function deviceOf(value: unknown): string {
  if (typeof value !== "string" || !isDevice(value)) return refuse("dev");
  return value;
}

/** Whether text is a device: 16 bytes as 22 characters of base64url. */
export function isDevice(value: string): boolean {
  return value.length === 22 && fromBase64Url(value)?.length === DEVICE_BYTES;
}

function nameOf(value: unknown, claim: string): string {
  if (typeof value !== "string" || value === "" || value.length > NAME_MAX_CHARS) return refuse(claim);
  return value;
}

function secondsOf(value: unknown, claim: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) return refuse(claim);
  return value;
}
