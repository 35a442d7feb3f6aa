import type { ClientFrame, ServerFrame } from "@guildhall/proto";
import { CLIENT_FRAME, LIMITS, SERVER_FRAME } from "@guildhall/proto/tables";
import { seededRandom } from "@guildhall/testkit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameError } from "./frame-error.ts";
import { codecFor } from "./frames.ts";
import { pack } from "./msgpack.ts";

const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const whole = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const lane = fc.integer({ min: 0, max: 33 });
const request = fc.integer({ min: 1, max: 0xffff_ffff });
const bin16 = fc.uint8Array({ minLength: 16, maxLength: 16 });
const text = fc.string({ unit: "binary", maxLength: 30 }).filter((value) => !value.includes("\0"));
const word = fc.string({ minLength: 1, maxLength: 32 });
const key = text.filter((value) => !["__proto__", "constructor", "prototype"].includes(value));
const body = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3 },
    text,
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((value) => !Number.isInteger(value)),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("any"), { maxLength: 5 }),
    fc.dictionary(key, tie("any"), { maxKeys: 5, noNullPrototype: true }),
  ),
})).any;
const cursors = fc.array(fc.tuple(id, lane, id, whole), { maxLength: 5 });
const mentions = fc.oneof(fc.array(id, { maxLength: 50 }), fc.constant("all" as const));
const type = <T extends number>(value: T) => fc.constant(value);
const one = fc.constant(1 as const);
const event = fc.record(
  {
    s: id,
    k: word,
    u: whole,
    ts: whole,
    n: bin16,
    m: whole,
    pv: whole,
    b: body,
    re: id,
    mn: mentions,
    gr: one,
    by: id,
  },
  { requiredKeys: ["s", "k", "u", "ts", "m", "pv", "b"], noNullPrototype: true },
);
const frame = <T, K extends keyof T>(model: { [P in keyof T]: fc.Arbitrary<T[P]> }, requiredKeys: K[]) =>
  fc.record(model, { requiredKeys, noNullPrototype: true });

const c = CLIENT_FRAME;
const client: Readonly<Record<keyof typeof CLIENT_FRAME, fc.Arbitrary<unknown>>> = {
  hello: frame(
    {
      t: type(c.hello),
      i: request,
      v: one,
      tok: word,
      dev: bin16,
      app: word,
      cap: fc.array(word, { maxLength: 4 }),
      cur: cursors,
    },
    ["t", "i", "v", "tok", "dev", "app", "cap"],
  ),
  sub: frame({ t: type(c.sub), i: request, g: fc.array(id), mode: fc.constantFrom(0, 1), cur: cursors }, [
    "t",
    "i",
    "g",
    "mode",
  ]),
  unsub: frame({ t: type(c.unsub), g: fc.array(id) }, ["t", "g"]),
  send: frame(
    {
      t: type(c.send),
      i: request,
      g: id,
      l: lane,
      n: bin16,
      k: word,
      b: body,
      re: id,
      mn: mentions,
      pv: whole,
      rt: one,
    },
    ["t", "i", "g", "n", "k", "b"],
  ),
  cmd: frame({ t: type(c.cmd), i: request, g: id, n: bin16, m: word, a: body, why: text }, [
    "t",
    "i",
    "g",
    "n",
    "m",
    "a",
  ]),
  get: frame({ t: type(c.get), i: request, g: id, a: id, z: id }, ["t", "i", "g"]),
  ask: frame({ t: type(c.ask), i: request, n: bin16, m: word, a: body }, ["t", "i", "m", "a"]),
  read: frame({ t: type(c.read), g: id, l: lane, s: id }, ["t", "g", "s"]),
  eph: frame({ t: type(c.eph), g: id, l: lane, k: word }, ["t", "g", "k"]),
  auth: frame({ t: type(c.auth), i: request, tok: word }, ["t", "i", "tok"]),
  ping: frame({ t: type(c.ping) }, ["t"]),
};
const s = SERVER_FRAME;
const page = frame({ a: whole, z: whole, e: fc.array(event, { maxLength: 4 }), more: fc.boolean(), ep: id }, [
  "a",
  "z",
  "e",
  "more",
  "ep",
]);
const limits = frame({ in: whole, out: whole, rate: whole, send: whole, act: whole }, [
  "in",
  "out",
  "rate",
  "send",
  "act",
]);
const server: Readonly<Record<keyof typeof SERVER_FRAME, fc.Arbitrary<unknown>>> = {
  welcome: frame(
    {
      t: type(s.welcome),
      i: request,
      sid: word,
      u: id,
      ts: whole,
      hb: whole,
      exp: whole,
      lim: limits,
      cap: fc.array(word),
    },
    ["t", "i", "sid", "u", "ts", "hb", "exp", "lim", "cap"],
  ),
  ok: frame({ t: type(s.ok), i: request, d: fc.oneof(body, page) }, ["t", "i", "d"]),
  err: frame({ t: type(s.err), i: request, c: whole, m: text, r: fc.boolean(), ra: whole, d: body }, [
    "t",
    "c",
    "m",
    "r",
  ]),
  ev: frame({ t: type(s.ev), g: id, l: lane, ep: id, a: id, z: id, e: fc.array(event, { maxLength: 4 }) }, [
    "t",
    "g",
    "ep",
    "a",
    "z",
    "e",
  ]),
  head: frame({ t: type(s.head), h: fc.array(fc.tuple(id, lane, id, whole, whole, whole)) }, ["t", "h"]),
  eph: frame({ t: type(s.eph), g: id, l: lane, k: word, u: fc.array(id) }, ["t", "g", "k", "u"]),
  gap: frame({ t: type(s.gap), g: id, l: lane, ep: id, have: whole, s: whole, why: word }, [
    "t",
    "g",
    "ep",
    "have",
    "s",
    "why",
  ]),
  pres: frame({ t: type(s.pres), g: id, on: whole, u: fc.array(fc.tuple(id, fc.integer())) }, ["t", "g"]),
  go: frame({ t: type(s.go), ra: whole, why: word }, ["t", "ra", "why"]),
  bye: frame({ t: type(s.bye), c: whole, m: text }, ["t", "c", "m"]),
  pong: frame({ t: type(s.pong), ts: whole }, ["t", "ts"]),
};

const send = (more: object = {}) => ({
  t: CLIENT_FRAME.send,
  i: 7,
  g: 5,
  n: Uint8Array.from({ length: 16 }, (_, i) => i),
  k: "text",
  b: { t: "hello" },
  ...more,
});
const utf8 = new TextEncoder();
const json = (value: unknown) => utf8.encode(JSON.stringify(value));

function refusal(decode: () => unknown): FrameError {
  try {
    decode();
  } catch (error) {
    if (error instanceof FrameError) return error;
    throw error;
  }
  throw new Error("was accepted");
}

describe.each(["msgpack", "json"] as const)("%s", (encoding) => {
  const codec = codecFor(encoding);

  test.each(Object.entries(client))("a client's %s comes back as it went", (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (any) => {
        expect(codec.decodeClient(codec.encodeClient(any as ClientFrame))).toEqual(any);
      }),
      { numRuns: 60 },
    );
  });

  test.each(Object.entries(server))("a server's %s comes back as it went", (_, arbitrary) => {
    fc.assert(
      fc.property(arbitrary, (any) => {
        expect(codec.decodeServer(codec.encodeServer(any as ServerFrame))).toEqual(any);
      }),
      { numRuns: 60 },
    );
  });

  test("bytes are copied, also out of a Node Buffer that is reused", () => {
    const buffer = Buffer.from(codec.encodeClient(send() as ClientFrame));

    const decoded = codec.decodeClient(buffer);
    buffer.fill(0);

    expect(decoded).toEqual(send());
    expect(Buffer.isBuffer((decoded as { n: Uint8Array }).n)).toBe(false);
  });

  test("keys of the envelope that nobody knows are dropped, in arguments they stay for their own check", () => {
    const wire = codec.encodeClient(send({ later: 1, b: { t: "x", later: 1 } }) as ClientFrame);

    expect(codec.decodeClient(wire)).toEqual(send({ b: { t: "x", later: 1 } }));
  });

  test.each([
    ["id 0", { g: 0 }, "/g"],
    ["a nonce of 15 bytes", { n: new Uint8Array(15) }, "/n"],
    ["a nonce of none", { n: undefined }, "/n"],
    ["51 mentions", { mn: Array(51).fill(1) }, "/mn"],
    ["one bad mention", { mn: [1, "x"] }, "/mn"],
    ["a kind without letters", { k: "" }, "/k"],
  ])("%s is BAD_ARGS, with the place and the request", (_, wrong, path) => {
    const wire = codec.encodeClient(send(wrong) as ClientFrame);

    const { code, request: i, d } = refusal(() => codec.decodeClient(wire));

    expect({ code, i }).toEqual({ code: "BAD_ARGS", i: 7 });
    expect((d as { path: string }).path.startsWith(path)).toBe(true);
  });

  test("a frame of 16 KiB is read, one byte more is TOO_LARGE", () => {
    const size = (length: number) => codec.encodeClient(send({ b: { t: "x".repeat(length) } }) as ClientFrame);
    const fill = LIMITS.frameInMaxBytes - size(1_000).length + 1_000;

    expect(size(fill)).toHaveLength(LIMITS.frameInMaxBytes);
    expect(codec.decodeClient(size(fill))).toMatchObject({ i: 7 });
    expect(refusal(() => codec.decodeClient(size(fill + 1))).code).toBe("TOO_LARGE");
  });

  test("a server's frame above 64 KiB is TOO_LARGE", () => {
    const wire = codec.encodeServer({ t: SERVER_FRAME.ok, i: 1, d: "x".repeat(LIMITS.frameOutMaxBytes) });

    expect(refusal(() => codec.decodeServer(wire)).code).toBe("TOO_LARGE");
  });

  test("20,000 inputs of random and damaged bytes end in a frame or a FrameError, in 0.2 ms each on average", () => {
    const sample = codec.encodeClient(send({ mn: [1, 2], b: { t: "é€😀", x: [1.5, -1, null] } }) as ClientFrame);
    const numbers = seededRandom(1);
    const random = (below: number) => Math.floor(numbers() * below);
    const startedMs = performance.now();

    for (let run = 0; run < 20_000; run++) {
      const input = run % 2 === 0 ? sample.slice() : new Uint8Array(random(200));
      for (let i = run % 2 === 0 ? random(4) : input.length; i > 0; i--) input[random(input.length)] = random(256);
      for (const decode of [codec.decodeClient, codec.decodeServer]) {
        try {
          decode(input);
        } catch (error) {
          if (!(error instanceof FrameError)) throw error;
        }
      }
    }

    expect(performance.now() - startedMs).toBeLessThan(2 * 20_000 * 0.2);
  });
});

test.each<[string, Uint8Array, Uint8Array, string, number | undefined]>([
  ["no map", pack([]), json([]), "BAD_FRAME", undefined],
  ["a text", pack("x"), json("x"), "BAD_FRAME", undefined],
  ["null", pack(null), json(null), "BAD_FRAME", undefined],
  ["no type", pack({ i: 3 }), json({ i: 3 }), "BAD_ARGS", 3],
  ["an unknown type", pack({ t: 12, i: 3 }), json({ t: "nope", i: 3 }), "UNKNOWN_METHOD", 3],
  ["a server's type", pack({ t: 64, i: 3 }), json({ t: "welcome", i: 3 }), "UNKNOWN_METHOD", 3],
  ["the other encoding's type", pack({ t: "ping" }), json({ t: 11 }), "UNKNOWN_METHOD", undefined],
  ["a list as type", pack({ t: [11] }), json({ t: ["ping"] }), "UNKNOWN_METHOD", undefined],
  ["a type every object has", pack({ t: "toString" }), json({ t: "toString" }), "UNKNOWN_METHOD", undefined],
  ["the other encoding", json({ t: "ping" }), pack({ t: 11 }), "BAD_FRAME", undefined],
])("%s is refused in both encodings", (_, msgpack, text, code, i) => {
  for (const error of [
    refusal(() => codecFor("msgpack").decodeClient(msgpack)),
    refusal(() => codecFor("json").decodeClient(text)),
  ]) {
    expect({ code: error.code, i: error.request }).toEqual({ code, i });
  }
});

test.each(["AAECAwQFBgcICQoLDA0OD", "AAECAwQFBgcICQoLDA0ODw==", "AAECAwQFBgcICQoLDA0OD+", 5, null])(
  "a JSON nonce %j is BAD_ARGS",
  (n) => {
    const wire = json({ ...send({ n }), t: "send" });

    expect(refusal(() => codecFor("json").decodeClient(wire))).toMatchObject({ code: "BAD_ARGS", d: { path: "/n" } });
  },
);
