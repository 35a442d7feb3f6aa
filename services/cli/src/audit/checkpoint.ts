import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { NO_HASH } from "@guildhall/group";
import { Failure } from "../command.ts";
import { readText } from "../private-file.ts";

/**
 * Somebody's word that the acts of group `g` ended so at that time. `prev`: the hash of the checkpoint before, 64 zeros
 * for the first. `sig`: Ed25519 in base64url, over the UTF-8 of the JSON of one array without white space,
 * `["guildhall audit", g, n, hash, at, prev]`.
 */
export type Checkpoint = {
  readonly g: number;
  readonly n: number;
  readonly hash: string;
  /** When it was signed, ms. */
  readonly at: number;
  readonly prev: string;
  readonly sig: string;
};

const PURPOSE = "guildhall audit";

function signedText({ g, n, hash, at, prev }: Omit<Checkpoint, "sig">): Buffer {
  return Buffer.from(JSON.stringify([PURPOSE, g, n, hash, at, prev]));
}

/** What the next checkpoint names as `prev`: SHA-256 in hexadecimal over what was signed and the signature's bytes. */
export function hashOfCheckpoint(checkpoint: Checkpoint | undefined): string {
  if (checkpoint === undefined) return NO_HASH;
  const bytes = Buffer.concat([signedText(checkpoint), Buffer.from(checkpoint.sig, "base64url")]);
  return createHash("sha256").update(bytes).digest("hex");
}

export function signCheckpoint(words: Omit<Checkpoint, "sig">, key: KeyObject): Checkpoint {
  return { ...words, sig: sign(null, signedText(words), key).toString("base64url") };
}

/** What is wrong with a checkpoint that should follow `before`; undefined: nothing. */
export function faultOfCheckpoint(
  before: Checkpoint | undefined,
  checkpoint: Checkpoint,
  key: KeyObject,
): string | undefined {
  const { g, n, sig } = checkpoint;
  if (!verify(null, signedText(checkpoint), key, Buffer.from(sig, "base64url"))) return "is not signed with this key";
  if (checkpoint.prev !== hashOfCheckpoint(before)) return "does not follow the one before";
  if (before === undefined) return undefined;
  if (g !== before.g) return "is of another group";
  if (n < before.n) return `ends at act ${n}, the one before at ${before.n}`;
  return undefined;
}

/** @throws Failure for a file that holds no Ed25519 key of this kind. */
export async function readKey(path: string, kind: "private" | "public"): Promise<KeyObject> {
  const text = await readText(path);
  if (text === undefined) throw new Failure(`there is no key in ${path}: make one with "guildhall audit key <file>"`);
  try {
    const key = kind === "private" ? createPrivateKey(text) : createPublicKey(text);
    if (key.asymmetricKeyType === "ed25519") return key;
  } catch {
    // Said below.
  }
  throw new Failure(`${path} holds no ${kind} Ed25519 key in PEM`);
}
