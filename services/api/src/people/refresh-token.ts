import { createHash, randomBytes } from "node:crypto";
import { isId } from "@guildhall/kernel";
import { isDevice } from "@guildhall/token";

/** `<person>.<device>.<32 random bytes>`, the last two in base64url: one field says it all. */
const FORM = /^([1-9][0-9]{0,15})\.([\w-]{22})\.[\w-]{43}$/;
/** Longer than any token: what is longer still is not read at all. */
export const REFRESH_MAX_CHARS = 128;

export type RefreshToken = { readonly u: number; readonly dev: string };

export function makeRefreshToken(u: number, dev: string): string {
  return `${u}.${dev}.${randomBytes(32).toString("base64url")}`;
}

/** Whose it claims to be; nothing where it is not of this form. */
export function readRefreshToken(token: string): RefreshToken | undefined {
  const [, id, dev = ""] = FORM.exec(token) ?? [];
  const u = Number(id);
  return isId(u) && isDevice(dev) ? { u, dev } : undefined;
}

/** What is kept of it. No salt or slow hash: the token has 256 random bits. */
export function refreshHash(token: string): string {
  return createHash("sha256").update(token).digest("base64url");
}
