import { AppError } from "@guildhall/kernel";
import type { Command, Entry, Event, JournalRecord } from "@guildhall/proto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeCommand, encodeCommand } from "./command.ts";
import { decodeEvent, encodeEvent, eventToJson } from "./event.ts";
import { pack, unpack } from "./msgpack.ts";
import { decodeRecord, encodeRecord } from "./record.ts";

const nonce = Uint8Array.from({ length: 16 }, (_, i) => i);
const command: Command = {
  g: 5,
  l: 0,
  u: 6,
  dev: "AAECAwQFBgcICQoLDA0ODw",
  auth: 0,
  n: nonce,
  m: "msg.send",
  a: { k: "text", b: { t: "hello" } },
  as: 0,
  pv: 3,
  why: "",
  dl: 1_000,
  at: "a1",
};
const event: Event = { s: 4, k: "text", u: 6, ts: 1_000, n: nonce, m: 4, pv: 3, b: { t: "é😀" } };
const entry: Entry = {
  g: 5,
  l: 0,
  s: 4,
  at: 1_000,
  u: 6,
  dev: "phone",
  as: 0,
  k: "text",
  n: nonce,
  h: nonce,
  m: 4,
  pv: 3,
  pp: -1,
  bk: 1,
  bb: 120,
  b: { t: "hello" },
  re: 0,
  mn: [7],
  why: "",
  w: [
    ["members", [5, 6], { u: 6, nick: "Ann" }],
    ["members", [5, "x"], null],
  ],
};
const record: JournalRecord = {
  p: 3,
  ep: 1,
  term: 2,
  stored: 8,
  e: [entry, { ...entry, n: null, h: null, mn: "all", pp: 0 }],
};

const LED: JournalRecord = { ...record, lead: { ms: 20, sinceMs: 1_800_000_000_000 } };

const codeOf = (decode: () => unknown) => {
  try {
    decode();
    return "accepted";
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
};

test.each<[string, unknown, (bytes: Uint8Array) => unknown, Uint8Array]>([
  ["a command", command, decodeCommand, encodeCommand(command)],
  ["an event", event, decodeEvent, encodeEvent(event)],
  ["a record", record, decodeRecord, encodeRecord(record)],
  ["a record with a lead", LED, decodeRecord, encodeRecord(LED)],
  ["a record without entries", { ...record, e: [] }, decodeRecord, encodeRecord({ ...record, e: [] })],
])("%s comes back as it went, and keeps its nonces when the buffer is reused", (_, value, decode, bytes) => {
  const decoded = decode(bytes);
  bytes.fill(0);

  expect(decoded).toEqual(value);
});

describe.each<[string, (bytes: Uint8Array) => unknown, Uint8Array]>([
  ["decodeCommand", decodeCommand, encodeCommand(command)],
  ["decodeEvent", decodeEvent, encodeEvent(event)],
  ["decodeRecord", decodeRecord, encodeRecord(record)],
])("%s", (_, decode, bytes) => {
  test("refuses whatever is cut short", () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(codeOf(() => decode(bytes.subarray(0, length)))).toBe("INTERNAL");
    }
  });

  test.each([null, 1, "x", [], {}, [1], [2, 1, 1, 1, 1, []], { g: 1 }])("refuses %j", (value) => {
    expect(codeOf(() => decode(pack(value)))).toBe("INTERNAL");
  });
});

test("a record of another version, or with one wrong field, is refused", () => {
  const [, ...rest] = unpack(encodeRecord(record)) as unknown[];

  expect(codeOf(() => decodeRecord(pack([2, ...rest])))).toBe("INTERNAL");
  expect(codeOf(() => decodeRecord(encodeRecord({ ...record, e: [{ ...entry, s: -1 }] })))).toBe("INTERNAL");
  expect(codeOf(() => decodeRecord(encodeRecord({ ...record, e: [{ ...entry, pp: -2 }] })))).toBe("INTERNAL");
});

test("a command with a field nobody knows is refused", () => {
  expect(codeOf(() => decodeCommand(pack({ ...command, role: "owner" })))).toBe("INTERNAL");
});

test("an event's JSON has its nonce as base64url and everything else as it is", () => {
  expect(JSON.parse(eventToJson(encodeEvent(event)))).toEqual({ ...event, n: "AAECAwQFBgcICQoLDA0ODw" });
  expect(JSON.parse(eventToJson(encodeEvent({ s: 1, k: "x", u: 0, ts: 0, m: 0, pv: 0, b: null })))).not.toHaveProperty(
    "n",
  );
});

test("unpack gives back what pack was given, without what was undefined", () => {
  const value = fc.anything({ maxDepth: 3, withNullPrototype: false }).filter(isPackable);

  fc.assert(
    fc.property(value, (any) => {
      expect(unpack(pack(any))).toEqual(any);
    }),
  );
  expect(unpack(pack({ a: 1, b: undefined }))).toEqual({ a: 1 });
});

test("unpack reads or refuses any bytes with INTERNAL, claims of 4 GB and 65,000 levels too", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      expect(["accepted", "INTERNAL"]).toContain(codeOf(() => unpack(bytes)));
    }),
  );
  expect(codeOf(() => unpack(Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff)))).toBe("INTERNAL");
  expect(codeOf(() => unpack(new Uint8Array(65_000).fill(0x91)))).toBe("INTERNAL");
});

function isPackable(value: unknown): boolean {
  if (typeof value === "number")
    return !Number.isInteger(value) || (Number.isSafeInteger(value) && !Object.is(value, -0));
  if (Array.isArray(value)) return value.every((item) => item !== undefined && isPackable(item));
  if (typeof value !== "object" || value === null)
    return typeof value === "string" || typeof value === "boolean" || value === null;
  return Object.entries(value).every(([key, item]) => key !== "__proto__" && isPackable(item));
}
