import { createPrivateKey, createPublicKey, type KeyObject, randomUUID } from "node:crypto";
import { type Clock, isId, systemClock } from "@guildhall/kernel";
import { LIMITS } from "@guildhall/proto/tables";
import { type JSONWebKeySet, type JWK, SignJWT } from "jose";
import { type AccessClaims, ALGORITHM, AUDIENCE, ISSUER, isDevice, TOKEN_TYPE } from "./claims.ts";

/** `exp` left out: LIMITS.accessTokenMs from now. */
export type SignClaims = Omit<AccessClaims, "exp"> & { readonly exp?: number };

export interface Signer {
  /**
   * Signs an access token. Times are cut to whole seconds, so `exp` in the token may be up to 1 s earlier.
   * An `exp` that has passed is signed too; the token is then refused as expired.
   *
   * @throws RangeError for claims that no verifier would accept: `exp` more than LIMITS.accessTokenMs ahead,
   *   `sub` that is no id, `dev` that is not 16 bytes.
   */
  sign(claims: SignClaims): Promise<string>;

  /** The public half, for verifiers. */
  jwks(): JSONWebKeySet;
}

/** Signs with one private Ed25519 key that has a `kid`. @throws Error when it is anything else. */
export function createSigner(privateJwk: JWK, clock: Clock = systemClock): Signer {
  const { kid } = privateJwk;
  if (kid === undefined || kid === "") throw new Error("signing key has no kid");
  const key = privateKeyOf(privateJwk);
  const { x } = createPublicKey(key).export({ format: "jwk" });
  if (x === undefined) throw new Error("signing key has no public half");
  const publicJwk = { kty: "OKP", crv: "Ed25519", x, kid, alg: ALGORITHM, use: "sig" };

  return {
    async sign(claims) {
      const nowMs = clock.nowMs();
      const expMs = claims.exp ?? nowMs + LIMITS.accessTokenMs;
      check(claims, expMs, nowMs);
      const iatMs = Math.min(nowMs, expMs - 1_000);
      return new SignJWT({
        dev: claims.dev,
        auth: Math.floor(claims.auth / 1_000),
        ...(claims.sid === undefined ? {} : { sid: claims.sid }),
      })
        .setProtectedHeader({ alg: ALGORITHM, typ: TOKEN_TYPE, kid })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setSubject(String(claims.sub))
        .setIssuedAt(Math.floor(iatMs / 1_000))
        .setExpirationTime(Math.floor(expMs / 1_000))
        .setJti(randomUUID())
        .sign(key);
    },

    jwks: () => ({ keys: [{ ...publicJwk }] }),
  };
}

function privateKeyOf(jwk: JWK): KeyObject {
  const key = createPrivateKey({ key: { ...jwk }, format: "jwk" });
  if (key.asymmetricKeyType !== "ed25519") throw new Error("signing key is not Ed25519");
  return key;
}

function check({ sub, dev }: SignClaims, expMs: number, nowMs: number): void {
  if (!isId(sub)) throw new RangeError("sub is not an id");
  if (!isDevice(dev)) throw new RangeError("dev is not 16 bytes of base64url");
  if (!(expMs <= nowMs + LIMITS.accessTokenMs)) throw new RangeError("exp is too far ahead");
}
