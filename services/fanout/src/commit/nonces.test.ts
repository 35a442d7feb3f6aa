import { makeNonce } from "@guildhall/kernel";
import { expect, test } from "vitest";
import { NONCES_MAX, Nonces } from "./nonces.ts";

const result = (s: number, at: number) => ({ s, at, m: s, pv: 1, hash: "x".repeat(16) });
const START_MS = 1_800_000_000_000;

test("a nonce is found for its actor only", () => {
  const nonces = new Nonces(START_MS);
  const n = makeNonce(START_MS);

  nonces.remember(1, n, result(7, START_MS));

  expect(nonces.find(1, n)).toMatchObject({ s: 7 });
  expect(nonces.find(2, n)).toBeUndefined();
});

test("what may have been used before the start is not vouched for", () => {
  const nonces = new Nonces(START_MS);

  expect(nonces.covers(START_MS - 1)).toBe(false);
  expect(nonces.covers(START_MS)).toBe(true);
});

test("at the bound the oldest are forgotten, and are then no longer vouched for", () => {
  const nonces = new Nonces(0);
  const made: Uint8Array[] = [];
  for (let s = 0; s <= NONCES_MAX; s++) {
    const n = makeNonce(START_MS + s * 10);
    if (s === 0 || s === NONCES_MAX) made.push(n);
    nonces.remember(1, n, result(s, START_MS + s * 10));
  }
  const [oldest = new Uint8Array(16), newest = new Uint8Array(16)] = made;

  expect(nonces.size).toBeLessThanOrEqual((NONCES_MAX * 3) / 4 + 2);
  expect(nonces.find(1, oldest)).toBeUndefined();
  expect(nonces.covers(START_MS)).toBe(false);
  expect(nonces.find(1, newest)).toMatchObject({ s: NONCES_MAX });
  expect(nonces.covers(START_MS + NONCES_MAX * 10)).toBe(true);
});

test("what is older than 24 hours goes with time", () => {
  const nonces = new Nonces(START_MS);
  const n = makeNonce(START_MS);
  nonces.remember(1, n, result(1, START_MS));

  nonces.sweep(START_MS + 24 * 3_600_000 + 511_000);

  expect(nonces.size).toBe(0);
});

test("what a look-up brought into a full memory is found, and vouched for only until it is forgotten", () => {
  const nonces = new Nonces(START_MS);
  for (let s = 1; s <= NONCES_MAX; s++) nonces.remember(1, makeNonce(START_MS + s), result(s, START_MS + s));
  const old = makeNonce(START_MS - 1_000_000);

  nonces.restore(1, old, result(1, START_MS - 1_000_000));
  nonces.coveredFromMs = START_MS - 2_000_000;
  const found = nonces.find(1, old);
  const vouched = nonces.covers(START_MS - 1_000_000);
  nonces.remember(1, makeNonce(START_MS + 300_000), result(NONCES_MAX + 1, START_MS + 300_000));

  expect(found).toMatchObject({ s: 1 });
  expect(vouched).toBe(true);
  expect(nonces.find(1, old)).toBeUndefined();
  expect(nonces.covers(START_MS - 1_000_000)).toBe(false);
});
