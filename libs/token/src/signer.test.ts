import { generateKeyPairSync } from "node:crypto";
import { toBase64Url } from "@guildhall/kernel";
import { calculateJwkThumbprint } from "jose";
import { expect, test } from "vitest";
import { createSigner, generateSigningKey } from "./index.ts";

const ADA = { sub: 41, dev: toBase64Url(new Uint8Array(16)), auth: 0 };

test("publishes the public half only, under the thumbprint of the key", async () => {
  const key = await generateSigningKey();

  const published = createSigner(key).jwks().keys[0] ?? {};

  expect(Object.keys(published).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x"]);
  expect(published.kid).toBe(await calculateJwkThumbprint(published));
  expect(published.x).toBe(key.x);
});

test("two keys have two names", async () => {
  expect((await generateSigningKey()).kid).not.toBe((await generateSigningKey()).kid);
});

test("refuses claims that no verifier would accept", async () => {
  const signer = createSigner(await generateSigningKey());

  await expect(signer.sign({ ...ADA, sub: 0 })).rejects.toThrow(RangeError);
  await expect(signer.sign({ ...ADA, dev: "phone" })).rejects.toThrow(RangeError);
  await expect(signer.sign({ ...ADA, exp: Date.now() + 3_600_000 })).rejects.toThrow(RangeError);
  await expect(signer.sign({ ...ADA, exp: Number.NaN })).rejects.toThrow(RangeError);
});

test("takes nothing but a private Ed25519 key with a name", async () => {
  const key = await generateSigningKey();
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { kid: _, ...nameless } = key;
  const { d: __, ...publicHalf } = key;

  expect(() => createSigner(nameless)).toThrow("kid");
  expect(() => createSigner(publicHalf)).toThrow();
  expect(() =>
    createSigner({ ...privateKey.export({ format: "jwk" }), kid: "k" } as Parameters<typeof createSigner>[0]),
  ).toThrow("Ed25519");
});
