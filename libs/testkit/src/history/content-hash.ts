import { createHash } from "node:crypto";

/** Characters of a hash: 64 bits tell a few million values apart. */
const HASH_CHARACTERS = 16;

/** What members see of a message: the same for its sender, on every way it arrives, and in history. */
export function hashOf({ k, b, re, mn }: { k: string; b: unknown; re?: unknown; mn?: unknown }): string {
  const text = JSON.stringify([k, b, re ?? 0, mn ?? null]);
  return createHash("sha256").update(text).digest("hex").slice(0, HASH_CHARACTERS);
}
