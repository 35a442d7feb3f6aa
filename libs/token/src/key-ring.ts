import { createPublicKey, type KeyObject } from "node:crypto";
import { AppError, type Clock, sleep } from "@guildhall/kernel";
import type { JSONWebKeySet, JWK } from "jose";
import { ALGORITHM } from "./claims.ts";

/** An unknown `kid` asks the source again at most this often: anyone may invent a `kid`. */
const REFETCH_EVERY_MS = 10_000;
/** After a source that failed, sooner: until it answers nobody can sign in with a new key. */
const RETRY_EVERY_MS = 1_000;
/** Keys older than this are fetched again, so that a withdrawn key stops being accepted. */
const FRESH_MS = 5 * 60_000;
const FETCH_TIMEOUT_MS = 5_000;
/** Two are in use while a key is rotated; what a source lists beyond this is left out. */
const KEYS_MAX = 16;

export type KeyRing = {
  /**
   * The key named `kid`, or nothing if the source does not list it.
   * @throws AppError `UNAVAILABLE` when it is unknown here and the source cannot be asked.
   */
  find(kid: string): Promise<KeyObject | undefined>;
};

/** The public keys of a source, kept. While the source fails the keys known so far stay in use. */
export function keyRing(source: () => Promise<JSONWebKeySet>, clock: Clock): KeyRing {
  let keys: ReadonlyMap<string, KeyObject> = new Map();
  let fetching: Promise<void> | undefined;
  let triedAtMs = Number.NEGATIVE_INFINITY;
  let fetchedAtMs = Number.NEGATIVE_INFINITY;
  let failure: unknown;

  /** Never rejects: what went wrong is left in `failure`. */
  async function fetch(): Promise<void> {
    triedAtMs = clock.monotonicMs();
    try {
      keys = keysOf(await Promise.race([source(), timeout()]));
      fetchedAtMs = clock.monotonicMs();
      failure = undefined;
    } catch (error) {
      failure = error;
    }
  }

  /** However many wait for keys, the source is asked once. */
  async function refresh(): Promise<void> {
    fetching ??= fetch().finally(() => {
      fetching = undefined;
    });
    await fetching;
  }

  return {
    async find(kid) {
      const nowMs = clock.monotonicMs();
      const known = keys.get(kid);
      if (known !== undefined && nowMs - fetchedAtMs < FRESH_MS) return known;
      const waitMs = failure === undefined ? REFETCH_EVERY_MS : RETRY_EVERY_MS;
      if (fetching !== undefined || nowMs - triedAtMs >= waitMs) await refresh();
      const key = keys.get(kid);
      if (key === undefined && failure !== undefined) {
        throw new AppError("UNAVAILABLE", "keys cannot be fetched", { retryAfterMs: RETRY_EVERY_MS, cause: failure });
      }
      return key;
    },
  };
}

async function timeout(): Promise<never> {
  await sleep(FETCH_TIMEOUT_MS);
  throw new Error(`no keys after ${FETCH_TIMEOUT_MS} ms`);
}

function keysOf(set: JSONWebKeySet): ReadonlyMap<string, KeyObject> {
  const keys = new Map<string, KeyObject>();
  for (const jwk of set.keys.slice(0, KEYS_MAX)) {
    const key = keyOf(jwk);
    if (key !== undefined && jwk.kid !== undefined && !keys.has(jwk.kid)) keys.set(jwk.kid, key);
  }
  return keys;
}

/** Keys for other algorithms or uses, or that cannot be read, may stand in the same set; they are passed over. */
function keyOf({ kty, crv, x, use, alg }: JWK): KeyObject | undefined {
  if (kty !== "OKP" || crv !== "Ed25519" || x === undefined) return undefined;
  if ((use !== undefined && use !== "sig") || (alg !== undefined && alg !== ALGORITHM)) return undefined;
  try {
    return createPublicKey({ key: { kty, crv, x }, format: "jwk" });
  } catch {
    return undefined;
  }
}
