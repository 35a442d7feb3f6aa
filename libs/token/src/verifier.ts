import type { KeyObject } from "node:crypto";
import { type Clock, fromBase64Url, systemClock } from "@guildhall/kernel";
import { compactVerify, type JSONWebKeySet } from "jose";
import { type AccessClaims, ALGORITHM, readClaims, refuse, TOKEN_MAX_BYTES, TOKEN_TYPE } from "./claims.ts";
import { keyRing } from "./key-ring.ts";

/** Three parts of base64url, the last an Ed25519 signature: 64 bytes are 86 characters. */
const COMPACT = /^[\w-]{1,512}\.[\w-]{1,1500}\.[\w-]{86}$/;
/** The only header fields there may be: so `jku`, `x5u`, `jwk`, `crit`, `b64` and whatever comes are refused. */
const HEADER_FIELDS: ReadonlySet<string> = new Set(["alg", "typ", "kid"]);
const utf8 = new TextDecoder("utf-8", { fatal: true });

export interface Verifier {
  /**
   * Says whose token this is.
   *
   * @throws AppError `TOKEN_EXPIRED` for a good token that has expired; `UNAVAILABLE` when its key is not
   *   known here and the source of keys does not answer; `UNAUTHENTICATED` for everything else, the same
   *   whatever was wrong.
   */
  verify(token: string): Promise<AccessClaims>;
}

/** Verifies access tokens with the keys of `jwks`, which is asked when first needed and for a `kid` it did not list. */
export function createVerifier(jwks: () => Promise<JSONWebKeySet>, clock: Clock = systemClock): Verifier {
  const keys = keyRing(jwks, clock);

  return {
    async verify(token) {
      if (typeof token !== "string" || token.length > TOKEN_MAX_BYTES || !COMPACT.test(token)) return refuse("form");
      const [head = "", body = ""] = token.split(".");
      const kid = readHeader(objectIn(head));
      const key = await keys.find(kid);
      if (key === undefined) return refuse("kid");
      await checkSignature(token, key);
      return readClaims(objectIn(body), Math.floor(clock.nowMs() / 1_000));
    },
  };
}

function readHeader(header: Record<string, unknown>): string {
  if (Object.keys(header).some((field) => !HEADER_FIELDS.has(field))) refuse("header field");
  if (header["alg"] !== ALGORITHM) refuse("alg");
  if (header["typ"] !== TOKEN_TYPE) refuse("typ");
  const kid = header["kid"];
  return typeof kid === "string" ? kid : refuse("kid");
}

async function checkSignature(token: string, key: KeyObject): Promise<void> {
  try {
    await compactVerify(token, key, { algorithms: [ALGORITHM] });
  } catch {
    // The library's reason says nothing to anyone: every refusal of ours is the same.
    refuse("signature");
  }
}

/**
 * The JSON object in a part. It must be written the one way JSON.stringify writes it: a field that
 * stands there twice would be read as the first by some and as the last by others.
 */
function objectIn(part: string): Record<string, unknown> {
  const bytes = fromBase64Url(part);
  if (bytes === undefined) return refuse("base64url");
  let value: unknown;
  let text: string;
  try {
    text = utf8.decode(bytes);
    value = JSON.parse(text);
  } catch {
    return refuse("JSON");
  }
  if (!isRecord(value) || JSON.stringify(value) !== text) return refuse("JSON");
  return value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
