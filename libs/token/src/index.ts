export type { JSONWebKeySet, JWK } from "jose";
export { type AccessClaims, isDevice } from "./claims.ts";
export { isOfSignIn } from "./sign-in.ts";
export { createSigner, type SignClaims, type Signer } from "./signer.ts";
export { generateSigningKey } from "./signing-key.ts";
export { createVerifier, type Verifier } from "./verifier.ts";
