import { type Clock, toBase64Url } from "@guildhall/kernel";
import { expect, test, vi } from "vitest";
import { createSigner, createVerifier, generateSigningKey, type JSONWebKeySet, type Signer } from "./index.ts";

const ADA = { sub: 41, dev: toBase64Url(new Uint8Array(16)), auth: 0 };

function setUp(...signers: readonly Signer[]) {
  const time = { nowMs: Date.now() };
  const clock: Clock = { nowMs: () => time.nowMs, monotonicMs: () => time.nowMs };
  const listed = [...signers];
  const source = vi.fn(async (): Promise<JSONWebKeySet> => ({ keys: listed.flatMap((signer) => signer.jwks().keys) }));
  return { time, listed, source, verifier: createVerifier(source, clock) };
}

const newSigner = async () => createSigner(await generateSigningKey());

test("asks for keys once, however many tokens come at the same time", async () => {
  const ada = await newSigner();
  const { source, verifier } = setUp(ada);
  const tokens = await Promise.all(Array.from({ length: 20 }, () => ada.sign(ADA)));

  await Promise.all(tokens.map((token) => verifier.verify(token)));
  await verifier.verify(tokens[0] ?? "");

  expect(source).toHaveBeenCalledTimes(1);
});

test("an unknown kid asks again, at most once in 10 s", async () => {
  const [old, next] = [await newSigner(), await newSigner()];
  const { time, listed, source, verifier } = setUp(old);
  await verifier.verify(await old.sign(ADA));
  const token = await next.sign(ADA);

  time.nowMs += 9_999;
  await expect(verifier.verify(token)).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  expect(source).toHaveBeenCalledTimes(1);

  listed.push(next);
  time.nowMs += 1;
  expect(await verifier.verify(token)).toMatchObject({ sub: 41 });
  expect(await verifier.verify(await old.sign(ADA))).toMatchObject({ sub: 41 });
  expect(source).toHaveBeenCalledTimes(2);
});

test("a withdrawn key is refused once the keys have been fetched again", async () => {
  const [old, next] = [await newSigner(), await newSigner()];
  const { time, listed, verifier } = setUp(old, next);
  await verifier.verify(await old.sign(ADA));

  listed.shift();
  time.nowMs += 5 * 60_000;

  await expect(verifier.verify(await old.sign(ADA))).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  expect(await verifier.verify(await next.sign(ADA))).toMatchObject({ sub: 41 });
});

test("a source that fails is UNAVAILABLE, is asked again after a second, and does not take known keys away", async () => {
  const ada = await newSigner();
  const { time, source, verifier } = setUp(ada);
  const token = await ada.sign(ADA);
  source.mockRejectedValueOnce(new Error("down"));

  await expect(verifier.verify(token)).rejects.toMatchObject({ code: "UNAVAILABLE", retryAfterMs: 1_000 });
  await expect(verifier.verify(token)).rejects.toMatchObject({ code: "UNAVAILABLE" });
  expect(source).toHaveBeenCalledTimes(1);
  time.nowMs += 1_000;
  expect(await verifier.verify(token)).toMatchObject({ sub: 41 });

  source.mockRejectedValue(new Error("down"));
  time.nowMs += 5 * 60_000;
  expect(await verifier.verify(token)).toMatchObject({ sub: 41 });
});

test("keys that are not for us, or cannot be read, are passed over", async () => {
  const ada = await newSigner();
  const ours = ada.jwks().keys[0] ?? {};
  const verifier = createVerifier(async () => ({
    keys: [
      { kty: "oct", k: "AAAA", kid: "a" },
      { ...ours, use: "enc" },
      { kty: "OKP", crv: "Ed25519", x: "AAAA", kid: "b" },
      ours,
    ],
  }));

  expect(await verifier.verify(await ada.sign(ADA))).toMatchObject({ sub: 41 });
});
