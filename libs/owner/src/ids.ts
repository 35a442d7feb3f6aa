import { createHash } from "node:crypto";
import { idFromBytes } from "@guildhall/kernel";

/**
 * The entity that holds a unique name: the first 7 bytes of SHA-256 of its kind and name. Two names may
 * share an entity; its rows tell them apart.
 */
export function claimId(kind: "user" | "group", name: string): number {
  return idFromBytes(createHash("sha256").update(`claim/${kind}/${name}`).digest());
}

/** The id of what `actor` creates with `nonce`, so that a retry meets the same owner and the same entity. */
export function entityIdFor(actor: number, nonce: Uint8Array): number {
  return idFromBytes(createHash("sha256").update(`entity/${actor}/`).update(nonce).digest());
}
