import type { Act, AuditView } from "@guildhall/proto";

/** SHA-256 of a text in UTF-8, 64 hexadecimal digits. */
export type Digest = (text: string) => string;

/** What the first act of a group continues. */
export const NO_HASH = "0".repeat(64);

/**
 * The hash of an act: SHA-256, in hexadecimal, over the hash of the act before, the group and the act, as the JSON of
 * one array, which ends with the code of its refusal where it was refused; keys of objects in the order of their UTF-16 code units, without white space.
 */
export function hashOfAct(g: number, before: string, act: Act, digest: Digest): string {
  const { n, at, u, dev, as, owner, roles, m, on, s, args, before: was, after: became, why, refused } = act;
  const record = [
    before,
    g,
    n,
    at,
    u,
    dev,
    as,
    owner,
    roles,
    m,
    on,
    s,
    args,
    was,
    became,
    why,
    ...(refused === "" ? [] : [refused]),
  ];
  return digest(canonical(record));
}

/** What is wrong with an act that should follow `before`; undefined: nothing. */
export function faultOf(
  g: number,
  before: { readonly n: number; readonly hash: string },
  act: AuditView,
  digest: Digest,
): string | undefined {
  if (act.n !== before.n + 1) return `act ${before.n + 1} is missing: ${act.n} follows ${before.n}`;
  if (hashOfAct(g, before.hash, act, digest) !== act.hash)
    return `act ${act.n} is not what was recorded, or does not follow ${before.n}`;
  return undefined;
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value)
    .filter(([, part]) => part !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, part]) => `${JSON.stringify(key)}:${canonical(part)}`).join(",")}}`;
}
