import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from "jose";
import { ALGORITHM } from "./claims.ts";

/** Makes a private Ed25519 key as a JWK. Its `kid` is its thumbprint (RFC 7638), so that two keys never share one. */
export async function generateSigningKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(ALGORITHM, { crv: "Ed25519", extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg: ALGORITHM, use: "sig" };
}
