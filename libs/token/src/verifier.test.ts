import { createHmac, generateKeyPairSync } from "node:crypto";
import { type Clock, toBase64Url } from "@guildhall/kernel";
import fc from "fast-check";
import { CompactSign, EncryptJWT, importJWK, type JWK, SignJWT } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { createSigner, createVerifier, generateSigningKey, type Signer, type Verifier } from "./index.ts";

const NOW_MS = 1_750_000_000_000;
const NOW_S = NOW_MS / 1_000;
const DEV = toBase64Url(new Uint8Array(16).fill(7));
const ADA = { sub: 41, dev: DEV, auth: NOW_MS - 60_000 };
const clock = at(NOW_MS);

let key: JWK;
let signer: Signer;
let verifier: Verifier;

beforeAll(async () => {
  key = await generateSigningKey();
  signer = createSigner(key, clock);
  verifier = createVerifier(async () => signer.jwks(), clock);
});

function at(nowMs: number): Clock {
  return { nowMs: () => nowMs, monotonicMs: () => nowMs };
}

const bytes = (text: string) => new TextEncoder().encode(text);
const part = (value: unknown) => toBase64Url(bytes(typeof value === "string" ? value : JSON.stringify(value)));
const header = (fields: object = {}) => ({ alg: "EdDSA", typ: "at+jwt", kid: key.kid ?? "", ...fields });
const claims = (fields: object = {}) => ({
  iss: "guildhall",
  aud: "guildhall",
  sub: "41",
  dev: DEV,
  auth: NOW_S - 60,
  iat: NOW_S,
  exp: NOW_S + 600,
  jti: "t1",
  ...fields,
});

/** A token with a good signature over exactly these two texts. */
async function signed(head: unknown, body: unknown, by: JWK = key): Promise<string> {
  const input = `${part(head)}.${part(body)}`;
  const { d, x } = by;
  const imported = await crypto.subtle.importKey(
    "jwk",
    { kty: "OKP", crv: "Ed25519", d: d ?? "", x: x ?? "" },
    "Ed25519",
    false,
    ["sign"],
  );
  const signature = await crypto.subtle.sign("Ed25519", imported, bytes(input));
  return `${input}.${toBase64Url(new Uint8Array(signature))}`;
}

const refused = { name: "AppError", code: "UNAUTHENTICATED" };

describe("a good token", () => {
  test("says whose it is, for which device, and when a password was last given", async () => {
    const token = await signer.sign({ ...ADA, sid: "s1" });

    expect(await verifier.verify(token)).toEqual({ ...ADA, exp: NOW_MS + 600_000, sid: "s1" });
    expect(await verifier.verify(await signed(header(), claims()))).toEqual({ ...ADA, exp: NOW_MS + 600_000 });
  });

  test("may be used any number of times until it expires", async () => {
    const token = await signer.sign(ADA);

    const first = await verifier.verify(token);

    expect(await verifier.verify(token)).toEqual(first);
  });

  test("differs from every other token of the same person", async () => {
    expect(await signer.sign(ADA)).not.toBe(await signer.sign(ADA));
  });

  test("gives back any id, device and password time it was made with", async () => {
    const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    const device = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(toBase64Url);
    const auth = fc.integer({ min: 0, max: NOW_S }).map((s) => s * 1_000);

    await fc.assert(
      fc.asyncProperty(id, device, auth, async (sub, dev, authMs) => {
        const token = await signer.sign({ sub, dev, auth: authMs });
        expect(await verifier.verify(token)).toEqual({ sub, dev, auth: authMs, exp: NOW_MS + 600_000 });
      }),
      { numRuns: 50 },
    );
  });
});

describe("time", () => {
  test.each([
    ["29 s after its end is accepted", 600 + 29, undefined],
    ["121 s after its end has expired", 600 + 121, "TOKEN_EXPIRED"],
    ["from a signer 29 s ahead is accepted", -29, undefined],
    ["from a signer 121 s ahead is refused", -121, "UNAUTHENTICATED"],
  ])("a token %s", async (_, verifierAheadS, code) => {
    const token = await signer.sign({ ...ADA, auth: 0 });
    const late = createVerifier(async () => signer.jwks(), at(NOW_MS + verifierAheadS * 1_000));

    const outcome = await late.verify(token).then(
      () => undefined,
      (error: { code: string }) => error.code,
    );

    expect(outcome).toBe(code);
  });

  test("an expired token that is wrong otherwise is not called expired", async () => {
    const old = { iat: NOW_S - 1_000, exp: NOW_S - 900 };

    await expect(verifier.verify(await signed(header(), claims(old)))).rejects.toMatchObject({ code: "TOKEN_EXPIRED" });
    await expect(verifier.verify(await signed(header(), claims({ ...old, sub: "0" })))).rejects.toMatchObject(refused);
    await expect(verifier.verify(await signed(header(), claims({ ...old, aud: "other" })))).rejects.toMatchObject(
      refused,
    );
  });

  test("a signer can make one that has expired", async () => {
    const token = await signer.sign({ ...ADA, exp: NOW_MS - 121_000 });

    await expect(verifier.verify(token)).rejects.toMatchObject({ code: "TOKEN_EXPIRED" });
  });
});

describe("refuses a header with", () => {
  test.each<[string, object]>([
    ["alg none", { alg: "none" }],
    ["alg None", { alg: "None" }],
    ["an empty alg", { alg: "" }],
    ["alg HS256", { alg: "HS256" }],
    ["alg ES256", { alg: "ES256" }],
    ["an alg that is a list", { alg: ["EdDSA"] }],
    ["a kid that is a path", { kid: "../../dev/null" }],
    ["a kid that is SQL", { kid: "' OR 1=1" }],
    ["a kid that is a name every object has", { kid: "__proto__" }],
    ["a kid that is a method every object has", { kid: "constructor" }],
    ["an unknown kid", { kid: "other" }],
    ["no kid", { kid: undefined }],
    ["a kid that is a number", { kid: 0 }],
    ["jku", { jku: "https://evil.example/jwks.json" }],
    ["x5u", { x5u: "https://evil.example/cert" }],
    ["x5c", { x5c: ["MIIB"] }],
    ["an embedded jwk", { jwk: { kty: "OKP", crv: "Ed25519", x: "AAAA" } }],
    ["crit", { crit: ["exp"], exp: 1 }],
    ["b64", { b64: false, crit: ["b64"] }],
    ["zip", { zip: "DEF" }],
    ["typ JWT", { typ: "JWT" }],
    ["typ in upper case", { typ: "AT+JWT" }],
    ["typ as a media type", { typ: "application/at+jwt" }],
    ["no typ", { typ: undefined }],
  ])("%s", async (_, fields) => {
    await expect(verifier.verify(await signed(header(fields), claims()))).rejects.toMatchObject(refused);
  });
});

describe("refuses claims with", () => {
  test.each<[string, object]>([
    ["no exp", { exp: undefined }],
    ["exp as text", { exp: String(NOW_S + 600) }],
    ["exp with a fraction", { exp: NOW_S + 0.5 }],
    ["exp of 2^64", { exp: 2 ** 64 }],
    ["exp beyond the longest life", { exp: NOW_S + 601 }],
    ["exp before iat", { exp: NOW_S - 1 }],
    ["a negative exp", { exp: -1, iat: -2 }],
    ["no iat", { iat: undefined }],
    ["iat as text", { iat: String(NOW_S) }],
    ["iat in the future", { iat: NOW_S + 121, exp: NOW_S + 600 }],
    ["nbf in the future", { nbf: NOW_S + 121 }],
    ["nbf as text", { nbf: "0" }],
    ["no aud", { aud: undefined }],
    ["aud as a list without us", { aud: ["other"] }],
    ["aud as a list with us", { aud: ["guildhall"] }],
    ["aud that begins like us", { aud: "guildhall.evil" }],
    ["aud that is part of us", { aud: "guild" }],
    ["another iss", { iss: "https://evil.example" }],
    ["no iss", { iss: undefined }],
    ["no sub", { sub: undefined }],
    ["sub as a number", { sub: 41 }],
    ["sub 0", { sub: "0" }],
    ["sub with a leading zero", { sub: "041" }],
    ["sub with a sign", { sub: "+41" }],
    ["sub beyond 53 bits", { sub: "9007199254740992" }],
    ["sub in digits that look alike", { sub: "４１" }],
    ["sub with an exponent", { sub: "4e1" }],
    ["sub with a space", { sub: "41 " }],
    ["no dev", { dev: undefined }],
    ["a short dev", { dev: DEV.slice(1) }],
    ["dev that is not base64url", { dev: `${DEV.slice(1)}!` }],
    ["no auth", { auth: undefined }],
    ["auth in the future", { auth: NOW_S + 121 }],
    ["a negative auth", { auth: -1 }],
    ["no jti", { jti: undefined }],
    ["an ID token's shape", { nonce: "n", aud: "client-1" }],
    ["a sid that is no text", { sid: 1 }],
  ])("%s", async (_, fields) => {
    await expect(verifier.verify(await signed(header(), claims(fields)))).rejects.toMatchObject(refused);
  });
});

describe("refuses", () => {
  test("an HS256 token signed with the public key", async () => {
    const input = `${part(header({ alg: "HS256" }))}.${part(claims())}`;
    const secret = Buffer.from(signer.jwks().keys[0]?.x ?? "", "base64url");
    const signature = createHmac("sha256", secret).update(input).digest("base64url");

    await expect(verifier.verify(`${input}.${signature}`)).rejects.toMatchObject(refused);
  });

  test("a token of another key under our kid", async () => {
    const other = await generateSigningKey();

    await expect(verifier.verify(await signed(header(), claims(), other))).rejects.toMatchObject(refused);
  });

  test("an ES256 token under our kid", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const token = await new SignJWT(claims()).setProtectedHeader(header({ alg: "ES256" })).sign(privateKey);

    await expect(verifier.verify(token)).rejects.toMatchObject(refused);
  });

  test("an encrypted token", async () => {
    const token = await new EncryptJWT(claims())
      .setProtectedHeader({ alg: "dir", enc: "A256GCM", typ: "at+jwt" })
      .encrypt(new Uint8Array(32));

    await expect(verifier.verify(token)).rejects.toMatchObject(refused);
  });

  test("a field that stands twice", async () => {
    const body = JSON.stringify(claims()).replace("{", '{"sub":"42",');
    const head = JSON.stringify(header()).replace("{", '{"alg":"none",');

    await expect(verifier.verify(await signed(header(), body))).rejects.toMatchObject(refused);
    await expect(verifier.verify(await signed(head, claims()))).rejects.toMatchObject(refused);
  });

  test("a payload that is no object", async () => {
    for (const body of ["[]", "null", '"x"', "1", "{", ""]) {
      const token = await new CompactSign(bytes(body)).setProtectedHeader(header()).sign(await importJWK(key, "EdDSA"));
      await expect(verifier.verify(token)).rejects.toMatchObject(refused);
    }
  });

  test("signatures that are cut, empty, zero, of low order or not reduced", async () => {
    const [head, body, signature = ""] = (await signer.sign(ADA)).split(".");
    const raw = Buffer.from(signature, "base64url");
    const orderOfCurve = 2n ** 252n + 27742317777372353535851937790883648493n;
    const s = BigInt(`0x${Buffer.from(raw.subarray(32)).reverse().toString("hex")}`) + orderOfCurve;
    const unreduced = Buffer.concat([
      raw.subarray(0, 32),
      Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse(),
    ]);
    const identity = Buffer.alloc(64);
    identity[0] = 1;
    const wrong = ["", signature.slice(1), signature.slice(0, -4), signature + "AAAA", "A".repeat(86)];

    for (const bad of [...wrong, unreduced.toString("base64url"), identity.toString("base64url")]) {
      await expect(verifier.verify(`${head}.${body}.${bad}`)).rejects.toMatchObject(refused);
    }
  });

  test("a token with one character changed, wherever it is", async () => {
    const token = await signer.sign(ADA);

    for (let i = 0; i < token.length; i += 7) {
      const other = token[i] === "A" ? "B" : "A";
      await expect(verifier.verify(token.slice(0, i) + other + token.slice(i + 1))).rejects.toMatchObject(refused);
    }
  });

  test("a token of more than 2 KiB, though its signature holds", async () => {
    const body = (size: number) => claims({ pad: "x".repeat(size) });
    const large = await signed(header(), body(1_400));
    expect(large.length).toBeGreaterThan(2_048);

    await expect(verifier.verify(large)).rejects.toMatchObject(refused);
    await expect(verifier.verify(await signed(header(), body(100)))).resolves.toMatchObject({ sub: 41 });
  });

  test("any text, with the same words", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.tuple(fc.base64String(), fc.base64String(), fc.base64String()).map((p) => p.join(".")),
        ),
        async (text) => {
          await expect(verifier.verify(text)).rejects.toMatchObject(refused);
        },
      ),
      { numRuns: 200 },
    );
  });
});
