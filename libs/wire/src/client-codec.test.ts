import { CLIENT_FRAME, type ClientFrame, SERVER_FRAME, SERVER_SCHEMAS, type ServerFrame } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { describe, expect, test } from "vitest";
import { clientCodecFor, FIELDS } from "./client-codec.ts";
import { codecFor } from "./frames.ts";

const NONCE = new Uint8Array(16).fill(7);
const event = { s: 1, k: "text", u: 2, ts: 3, n: NONCE, m: 1, pv: 0, b: { t: "hello" } };

const FROM_SERVER: readonly ServerFrame[] = [
  {
    t: SERVER_FRAME.welcome,
    i: 1,
    sid: "s",
    u: 5,
    ts: 6,
    hb: 7,
    exp: 8,
    lim: { in: 1, out: 2, rate: 3, send: 4, act: 5 },
    cap: ["x"],
  },
  { t: SERVER_FRAME.ok, i: 1, d: { a: 1, z: 1, e: [event], more: false, ep: 9 } },
  { t: SERVER_FRAME.ok, i: 1, d: null },
  { t: SERVER_FRAME.err, c: 101, m: "no", r: true, ra: 5, d: { path: "/x" } },
  { t: SERVER_FRAME.ev, g: 4, ep: 9, a: 1, z: 1, e: [event] },
  { t: SERVER_FRAME.head, h: [[4, 0, 9, 1, 1, 0]] },
  { t: SERVER_FRAME.eph, g: 4, k: "read", u: [5], s: 1, m: 1 },
  { t: SERVER_FRAME.gap, g: 4, l: 0, ep: 9, have: 0, s: 5, why: "epoch" },
  { t: SERVER_FRAME.pres, g: 4, on: 12 },
  { t: SERVER_FRAME.go, ra: 5, why: "drain" },
  { t: SERVER_FRAME.bye, c: 4000, m: "drain" },
  { t: SERVER_FRAME.pong, ts: 5 },
];
const FROM_CLIENT: readonly ClientFrame[] = [
  { t: CLIENT_FRAME.hello, i: 1, v: 1, tok: "t", dev: NONCE, app: "a", cap: [], cur: [[4, 0, 9, 1]], act: [4] },
  { t: CLIENT_FRAME.send, i: 2, g: 4, n: NONCE, k: "text", b: { t: "hello" }, rt: 1 },
  { t: CLIENT_FRAME.ping },
];

describe.each(["msgpack", "json"] as const)("%s", (encoding) => {
  const [own, full] = [clientCodecFor(encoding), codecFor(encoding)];

  test.each(FROM_SERVER)("a server's frame of type $t is read as by the codec with schemas", (frame) => {
    const bytes = full.encodeServer(frame);

    expect(own.decodeServer(bytes)).toEqual(full.decodeServer(bytes));
  });

  test.each(FROM_CLIENT)("a client's frame of type $t is written so that a server reads it", (frame) => {
    expect(full.decodeClient(own.encodeClient(frame))).toEqual(frame);
  });

  test("keys that are not known are left out", () => {
    const bytes = full.encodeServer({ t: SERVER_FRAME.pong, ts: 5, more: 1 } as ServerFrame);

    expect(own.decodeServer(bytes)).toEqual({ t: SERVER_FRAME.pong, ts: 5 });
  });

  test("what cannot be read, is no frame, is too large or lacks a field is told apart", () => {
    const codeOf = (bytes: Uint8Array) => {
      try {
        return own.decodeServer(bytes);
      } catch (error) {
        return (error as { code?: string }).code;
      }
    };
    const made = (frame: object) => full.encodeServer(frame as ServerFrame);

    expect(codeOf(new Uint8Array([0xc1]))).toBe("BAD_FRAME");
    expect(codeOf(made([1]))).toBe("BAD_FRAME");
    expect(codeOf(made({ t: 99 }))).toBe("UNKNOWN_METHOD");
    expect(codeOf(made({ t: SERVER_FRAME.pong }))).toBe("BAD_ARGS");
    expect(codeOf(made({ t: SERVER_FRAME.pong, ts: "5" }))).toBe("BAD_ARGS");
    expect(codeOf(made({ t: SERVER_FRAME.ev, g: 1, ep: 1, a: 1, z: 1, e: {} }))).toBe("BAD_ARGS");
    expect(codeOf(new Uint8Array(LIMITS.frameOutMaxBytes + 1))).toBe("TOO_LARGE");
  });
});

test("the fields are those of the schemas", () => {
  const kindOf = (schema: { readonly type?: unknown }) =>
    schema.type === "integer"
      ? "number"
      : ["string", "boolean", "array"].includes(String(schema.type))
        ? schema.type
        : "any";

  for (const [name, { properties, required = [] }] of Object.entries(SERVER_SCHEMAS)) {
    const fields = Object.entries(properties as Record<string, { type?: unknown }>)
      .filter(([key]) => key !== "t")
      .map(([key, schema]) => [(required as readonly string[]).includes(key) ? key : `${key}?`, kindOf(schema)]);
    expect([name, FIELDS[name as keyof typeof FIELDS]]).toEqual([name, Object.fromEntries(fields)]);
  }
});
