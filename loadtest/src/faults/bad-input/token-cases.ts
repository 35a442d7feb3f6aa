import { createHmac, createPrivateKey, generateKeyPairSync, type KeyObject, randomUUID, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Person } from "../../driver/messages.ts";
import { text } from "../hostile/bytes.ts";
import { helloOf } from "../hostile/dialogue.ts";
import type { Ground } from "../hostile/ground.ts";
import type { PlainCase } from "../hostile/plain-case.ts";
import type { SocketCase } from "../hostile/socket-case.ts";

const REFUSED = "ERR UNAUTHENTICATED, CLOSE 4401";
const EXPIRED = "ERR TOKEN_EXPIRED, CLOSE 4100";
/** A good token whose sign-in is no more, or never was. */
const ENDED = "ERR UNAUTHENTICATED, CLOSE 4101";
const HOLDS = "WELCOME, OK";
const HOUR_S = 3_600;

type Json = Readonly<Record<string, unknown>>;
/** What a token is made from: the server's key, read from its data folder, one of our own, and a good token's parts. */
type Forge = {
  readonly key: KeyObject;
  readonly kid: string;
  readonly x: string;
  readonly own: KeyObject;
  readonly person: Person;
  readonly nowS: number;
};
type Row = readonly [what: string, make: (forge: Forge) => string, expect?: string];

const part = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");
const signed = (input: string, key: KeyObject): string =>
  `${input}.${sign(null, Buffer.from(input), key).toString("base64url")}`;

function header({ kid }: Forge, more: Json = {}): Json {
  return { alg: "EdDSA", typ: "at+jwt", kid, ...more };
}
function claims({ person, nowS }: Forge, more: Json = {}): Json {
  const base = {
    dev: person.dev,
    auth: 0,
    iss: "guildhall",
    aud: "guildhall",
    sub: String(person.u),
    iat: nowS,
    exp: nowS + 600,
    jti: randomUUID(),
  };
  return { ...base, ...more };
}
/** A token whose signature holds, with some of its head or claims changed. */
const good =
  (claim: Json = {}, heading: Json = {}): Row[1] =>
  (forge) =>
    signed(`${part(header(forge, heading))}.${part(claims(forge, claim))}`, forge.key);
const without =
  (name: string): Row[1] =>
  (forge) => {
    const { [name]: _, ...rest } = claims(forge) as Record<string, unknown>;
    return signed(`${part(header(forge))}.${part(rest)}`, forge.key);
  };
const at =
  (claim: (nowS: number) => Json): Row[1] =>
  (forge) =>
    good(claim(forge.nowS))(forge);
/** The parts of a good token. */
const parts = (forge: Forge): readonly string[] => good()(forge).split(".");
const unsigned =
  (heading: Json): Row[1] =>
  (forge) =>
    `${part({ typ: "at+jwt", ...heading })}.${part(claims(forge))}.`;
const hmac =
  (secretOf: (forge: Forge) => string): Row[1] =>
  (forge) => {
    const input = `${part(header(forge, { alg: "HS256" }))}.${part(claims(forge))}`;
    return `${input}.${createHmac("sha256", secretOf(forge)).update(input).digest("base64url")}`;
  };

const ROWS: readonly Row[] = [
  // It holds: so what is wrong with the others is what stands there.
  ["nothing wrong", good(), HOLDS],
  ["alg none", unsigned({ alg: "none" })],
  ["alg None", unsigned({ alg: "None" })],
  ["no alg", unsigned({})],
  ["alg none with a signature", good({}, { alg: "none" })],
  ["HS256 with the public key as its secret", hmac(({ x }) => x)],
  ["HS256 with the key's bytes as its secret", hmac(({ x }) => Buffer.from(x, "base64url").toString("latin1"))],
  ["another alg with a good signature", good({}, { alg: "ES256" })],
  ["a kid that is a path", good({}, { kid: "../../../../dev/null" })],
  ["a kid for a database", good({}, { kid: "' OR 1=1 --" })],
  ["a kid nobody knows", good({}, { kid: "none" })],
  ["a kid that is a number", good({}, { kid: 1 })],
  ["jku", good({}, { jku: "https://evil.example/jwks.json" })],
  [
    "jwk in the head, and signed with it",
    (forge) =>
      signed(`${part(header(forge, { jwk: forge.own.export({ format: "jwk" }) }))}.${part(claims(forge))}`, forge.own),
  ],
  ["crit", good({}, { crit: ["exp"] })],
  ["b64", good({}, { b64: false })],
  ["another typ", good({}, { typ: "JWT" })],
  ["a token of another use", good({}, { typ: "id+jwt" })],
  ["no exp", without("exp")],
  ["no sub", without("sub")],
  ["no iss", without("iss")],
  ["no aud", without("aud")],
  ["no dev", without("dev")],
  ["no jti", without("jti")],
  ["no auth", without("auth")],
  ["exp as text", at((nowS) => ({ exp: String(nowS + 300) }))],
  ["exp of a fraction", at((nowS) => ({ exp: nowS + 300.5 }))],
  ["exp of 2^64", good({ exp: 2 ** 64 })],
  ["exp in a year", at((nowS) => ({ exp: nowS + 365 * 24 * HOUR_S }))],
  ["nbf in an hour", at((nowS) => ({ nbf: nowS + HOUR_S }))],
  ["iat in an hour", at((nowS) => ({ iat: nowS + HOUR_S, exp: nowS + HOUR_S + 300 }))],
  ["iat 135 s ahead", at((nowS) => ({ iat: nowS + 135 }))],
  ["a password given in an hour", at((nowS) => ({ auth: nowS + HOUR_S }))],
  ["a list of audiences without us", good({ aud: ["other"] })],
  ["a list of audiences with us", good({ aud: ["other", "guildhall"] })],
  ["an audience that begins like us", good({ aud: "guildhall.evil.example" })],
  ["another issuer", good({ iss: "https://evil.example" })],
  ["a sub that is no number", good({ sub: "ann" })],
  ["a sub as a number", (forge) => good({ sub: forge.person.u })(forge)],
  ["a sub in other digits", good({ sub: "１２３" })],
  ["a person who does not exist", good({ sub: "4503599627370495" }), ENDED],
  ["a token of before the sign-in, ended 20 s ago", at((nowS) => ({ iat: nowS - 600, exp: nowS - 20 })), ENDED],
  ["a device that is not the one", good({ dev: "AAECAwQFBgcICQoLDA0ODw" })],
  ["a signature cut short", (forge) => good()(forge).slice(0, -4)],
  ["a signature of noughts", (forge) => [...parts(forge).slice(0, 2), part("\0".repeat(64))].join(".")],
  [
    "a signature of low order",
    (forge) =>
      [...parts(forge).slice(0, 2), Buffer.from(`01${"00".repeat(63)}`, "hex").toString("base64url")].join("."),
  ],
  ["a signature by another key", (forge) => signed(parts(forge).slice(0, 2).join("."), forge.own)],
  [
    "claims changed after signing",
    (forge) => [parts(forge)[0], part(claims(forge, { sub: "7" })), parts(forge)[2]].join("."),
  ],
  ["four parts", (forge) => `${good()(forge)}.x`],
  ["five parts, as if encrypted", () => "eyJhbGciOiJkaXIifQ..AAAA.AAAA.AAAA"],
  [
    "a claim twice",
    (forge) =>
      signed(`${part(header(forge))}.${part(JSON.stringify(claims(forge)).replace("{", '{"sub":"7",'))}`, forge.key),
  ],
  [
    "white space in the claims",
    (forge) => signed(`${part(header(forge))}.${part(JSON.stringify(claims(forge), null, 1))}`, forge.key),
  ],
  ["claims that are a list", (forge) => signed(`${part(header(forge))}.${part([])}`, forge.key)],
  ["claims that are no JSON", (forge) => signed(`${part(header(forge))}.${part("x")}`, forge.key)],
  ["padding", (forge) => `${good()(forge)}==`],
  ["text that is no token", () => "x"],
  ["a token of an hour ago", at((nowS) => ({ iat: nowS - HOUR_S, exp: nowS - HOUR_S + 300 })), EXPIRED],
  ["a token that ended 121 s ago", at((nowS) => ({ iat: nowS - 400, exp: nowS - 121 })), EXPIRED],
  ["2 KiB and a byte", () => "x".repeat(2_049), "ERR BAD_ARGS, CLOSE 4401"],
  ["no text", () => "", "ERR BAD_ARGS, CLOSE 4401"],
];

/** Tokens that do not hold, as `hello` and as HTTP gets them. */
export async function tokenCases(
  ground: Ground,
): Promise<{ readonly socket: readonly SocketCase[]; readonly plain: readonly PlainCase[] }> {
  const file = join(dirname(ground.server.socket), "token-key.json");
  const jwk = JSON.parse(await readFile(file, "utf8")) as { readonly kid: string; readonly x: string };
  const key = createPrivateKey({ key: { ...jwk }, format: "jwk" });
  const own = generateKeyPairSync("ed25519").privateKey;
  const forgeFor = (person: Person): Forge => ({
    key,
    kid: jwk.kid,
    x: jwk.x,
    own,
    person,
    nowS: Math.floor(Date.now() / 1_000),
  });
  const someone = await ground.person();
  ground.back(someone);
  const socket = ROWS.map(
    ([what, make, expect = REFUSED]): SocketCase => ({
      id: "T",
      what,
      greeted: false,
      send: ({ person }) => [
        text(JSON.stringify({ ...helloOf(person), i: 1, t: "hello", dev: person.dev, tok: make(forgeFor(person)) })),
      ],
      expect,
    }),
  );
  const plain = ROWS.filter(([what]) => what !== "a device that is not the one").map(
    ([what, make, expect = REFUSED]): PlainCase => ({
      id: "T",
      what: `HTTP: ${what}`,
      to: "api",
      send: () => [
        `GET /v1/devices HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${make(forgeFor(someone))}\r\n\r\n`,
      ],
      expect: expect === HOLDS ? "HTTP 200" : "HTTP 401",
      has: expect === HOLDS ? /"devices":/ : expect === EXPIRED ? /"code":"TOKEN_EXPIRED"/ : CONSTANT,
    }),
  );
  return { socket, plain };
}

/** The body is the same whatever was wrong. */
const CONSTANT =
  /\{"type":"about:blank","title":"Unauthorized","status":401,"code":"UNAUTHENTICATED","c":200,"detail":"Sign in first\."\}/;
