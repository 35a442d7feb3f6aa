import { LIMITS } from "@guildhall/proto/tables";
import { Decoder, Encoder } from "@msgpack/msgpack";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameError } from "./frame-error.ts";
import { readMsgpack } from "./read-msgpack.ts";
import { scanMsgpack } from "./scan-msgpack.ts";

const BOMB_MAX_MS = 2;

const bytes = (...parts: (number | string | readonly number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...new TextEncoder().encode(part)] : part)));
const repeated = (count: number, ...part: number[]) => Array.from({ length: count }, () => part).flat();
const packed = (value: unknown) => new Encoder().encode(value);
/** {"x": value} */
const inMap = (...value: (number | string | readonly number[])[]) => bytes(0x81, 0xa1, "x", ...value);

function refusal(input: Uint8Array): FrameError {
  try {
    scanMsgpack(input);
  } catch (error) {
    if (error instanceof FrameError) return error;
    throw error;
  }
  throw new Error("was accepted");
}

/** The best of some runs: what else the machine does is not counted. */
function shortestMs(run: () => void): number {
  let shortestMs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 10; i++) {
    const startedMs = performance.now();
    run();
    shortestMs = Math.min(shortestMs, performance.now() - startedMs);
  }
  return shortestMs;
}

describe("refuses as BAD_FRAME", () => {
  test.each<[string, Uint8Array]>([
    ["nothing at all", bytes()],
    ["0xc1", inMap(0xc1)],
    ["a text that is cut short", bytes(0x81, 0xd9, 0x05, "ab")],
    ["a map that is cut short", bytes(0x82, 0xa1, "x", 0x01)],
    ["a number that is cut short", inMap(0xcf, 0, 0)],
    ["a length that is cut short", inMap(0xda, 0)],
    ["text of 4 GB in six bytes", inMap(0xd9, 0xff, "a")],
    ["fixext", inMap(0xd4, 1, 0)],
    ["a timestamp", inMap(0xd6, 0xff, 0, 0, 0, 0)],
    ["ext 32 of 2 GB", inMap(0xc9, 0x80, 0, 0, 0, 1)],
    ["bytes as a key", bytes(0x81, 0xc4, 1, "x", 1)],
    ["a whole number as a key", bytes(0x81, 0x01, 0x01)],
    ["nil as a key", bytes(0x81, 0xc0, 0x01)],
    ["an array as a key", bytes(0x81, 0x90, 0x01)],
    ["one key twice", bytes(0x82, 0xa1, "t", 1, 0xa1, "t", 2)],
    ["one key twice, written differently", bytes(0x82, 0xa1, "t", 1, 0xd9, 1, "t", 2)],
    ["one key twice, further in", inMap(0x82, 0xa2, "ab", 1, 0xa2, "ab", 2)],
    ["__proto__", bytes(0x81, 0xa9, "__proto__", 0x80)],
    ["constructor", bytes(0x81, 0xab, "constructor", 0x80)],
    ["prototype", inMap(0x81, 0xa9, "prototype", 0x80)],
    ["NUL in a key", bytes(0x81, 0xa2, "a\0", 1)],
    ["NUL in a text", inMap(0xa2, "a\0")],
    ["a lone continuation byte", inMap(0xa1, 0x80)],
    ["an overlong slash", inMap(0xa2, 0xc0, 0xaf)],
    ["an overlong three-byte form", inMap(0xa3, 0xe0, 0x80, 0x80)],
    ["an overlong four-byte form", inMap(0xa4, 0xf0, 0x8f, 0xbf, 0xbf)],
    ["a surrogate", inMap(0xa3, 0xed, 0xa0, 0x80)],
    ["beyond U+10FFFF", inMap(0xa4, 0xf4, 0x90, 0x80, 0x80)],
    ["a lead byte nobody has", inMap(0xa1, 0xf5)],
    ["a character cut by the end of its text", inMap(0xa2, "a", 0xe2)],
    ["2^53 as u64", inMap(0xcf, 0, 0x20, 0, 0, 0, 0, 0, 0)],
    ["the largest u64", inMap(0xcf, repeated(8, 0xff))],
    ["−2^53 as i64", inMap(0xd3, 0xff, 0xe0, 0, 0, 0, 0, 0, 0)],
    ["the lowest i64", inMap(0xd3, 0x80, repeated(7, 0))],
    ["NaN", inMap(0xcb, 0x7f, 0xf8, repeated(6, 0))],
    ["Infinity", inMap(0xcb, 0x7f, 0xf0, repeated(6, 0))],
    ["Infinity in four bytes", inMap(0xca, 0x7f, 0x80, 0, 0)],
    ["−0", inMap(0xcb, 0x80, repeated(7, 0))],
    ["1e300, which no integer field can hold", packed({ x: 1e300 })],
    ["bytes after the frame", bytes(0x80, 0x80)],
    ["JSON", bytes('{"t":"ping"}')],
    ["depth 9", bytes(repeated(LIMITS.depthMax, 0x91), 0x90)],
  ])("%s", (_, input) => {
    expect(refusal(input).code).toBe("BAD_FRAME");
  });
});

describe("refuses as TOO_LARGE", () => {
  test.each<[string, Uint8Array]>([
    ["more elements than an array may have", packed({ x: repeated(LIMITS.arrayMax + 1, 0) })],
    ["more keys than a map may have", packed(Object.fromEntries(repeated(65, 0).map((_, i) => [`k${i}`, 0])))],
    ["more values than a frame may have", packed([repeated(1_000, 0), repeated(1_000, 0), repeated(46, 0)])],
    ["a text longer than any may be", packed("a".repeat(LIMITS.stringMaxBytes + 1))],
    ["bytes longer than any may be", packed(new Uint8Array(LIMITS.stringMaxBytes + 1))],
    ["array32 that claims 2^32 − 1 elements", bytes(0xdd, repeated(4, 0xff))],
    ["map32 that claims 2^32 − 1 entries", bytes(0xdf, repeated(4, 0xff))],
  ])("%s", (_, input) => {
    expect(refusal(input).code).toBe("TOO_LARGE");
  });
});

describe("accepts", () => {
  test.each<[string, Uint8Array]>([
    ["depth 8", bytes(repeated(LIMITS.depthMax - 1, 0x91), 0x90)],
    ["as many elements as an array may have", packed({ x: repeated(LIMITS.arrayMax, 0) })],
    ["as many keys as a map may have", packed(Object.fromEntries(repeated(64, 0).map((_, i) => [`k${i}`, 0])))],
    ["as many values as a frame may have", packed([repeated(1_000, 0), repeated(1_000, 0), repeated(44, 0)])],
    ["2^53 − 1 and its opposite", packed([Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER])],
    ["names of a prototype as values", packed({ x: ["__proto__", "constructor", "hasOwnProperty"] })],
    ["one key in two maps", packed({ x: { a: 1 }, a: { x: 1 } })],
    ["every plane of Unicode", packed({ x: "aß€😀\u{10FFFF}\uFEFF\u0001" })],
    ["every kind of value", packed([null, true, false, 1.5, -1, 200, 70_000, 2 ** 40, new Uint8Array(3), {}])],
  ])("%s", (_, input) => {
    expect(() => scanMsgpack(input)).not.toThrow();
  });
});

test.each<[string, Uint8Array]>([
  ["array32 of 2^32 − 1 in five bytes", bytes(0xdd, repeated(4, 0xff))],
  ["65,000 arrays inside one another", bytes(repeated(65_000, 0x91), 0x90)],
  ["32,768 empty maps", bytes(0xdc, 0x80, 0, repeated(32_768, 0x80))],
  [
    "32,768 empty maps in arrays that are each allowed",
    bytes(0x9f, repeated(15, 0xdc, 4, 0, ...repeated(1_024, 0x80))),
  ],
  ["64 keys of one length that differ at the end", keysAlike()],
])("a bomb is refused or read within 2 ms: %s", (_, input) => {
  const ms = shortestMs(() => {
    try {
      scanMsgpack(input);
    } catch (error) {
      expect(error).toBeInstanceOf(FrameError);
    }
  });

  expect(ms).toBeLessThan(BOMB_MAX_MS);
});

test.each<[string, Uint8Array, number | undefined]>([
  ["in one byte", bytes(0x82, 0xa1, "i", 7, 0xa1, "x", 0xc1), 7],
  ["in two", bytes(0x82, 0xa1, "i", 0xcc, 200, 0xa1, "x", 0xc1), 200],
  ["in three", bytes(0x82, 0xa1, "i", 0xcd, 1, 0, 0xa1, "x", 0xc1), 256],
  ["in five", bytes(0x82, 0xa1, "i", 0xce, repeated(4, 0xff), 0xa1, "x", 0xc1), 0xffff_ffff],
  ["when it comes too late", bytes(0x82, 0xa1, "x", 0xc1, 0xa1, "i", 7), undefined],
  ["when it is further in", bytes(0x82, 0xa1, "x", 0x81, 0xa1, "i", 7, 0xa1, "y", 0xc1), undefined],
  ["when it is 0", bytes(0x82, 0xa1, "i", 0, 0xa1, "x", 0xc1), undefined],
  ["when it is text", bytes(0x82, 0xa1, "i", 0xa1, "7", 0xa1, "x", 0xc1), undefined],
  ["when it is cut short", bytes(0x82, 0xa1, "i", 0xce, 1), undefined],
])("the request id, %s", (_, input, request) => {
  expect(refusal(input).request).toBe(request);
});

test("what is accepted, our reader and the library read alike", () => {
  const library = new Decoder();
  const value = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 3 },
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.maxSafeInteger(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.uint8Array({ maxLength: 40 }),
      fc.array(tie("any"), { maxLength: 6 }),
      fc.dictionary(fc.string({ maxLength: 20 }), tie("any"), { maxKeys: 6 }),
    ),
  })).any;

  fc.assert(
    fc.property(value, fc.nat(), fc.integer({ min: -1, max: 255 }), (any, at, damage) => {
      const input = packed(any);
      if (damage >= 0) input[at % input.length] = damage;
      try {
        scanMsgpack(input);
      } catch (error) {
        expect(error).toBeInstanceOf(FrameError);
        return;
      }
      expect(readMsgpack(input, true)).toEqual(library.decode(input));
    }),
    { numRuns: 3_000 },
  );
});

test("a long text that begins with U+FEFF keeps it", () => {
  const text = `\uFEFF${"long".repeat(100)}`;

  expect(readMsgpack(packed(text), true)).toBe(text);
});

function keysAlike(): Uint8Array {
  const keys = Array.from({ length: 64 }, (_, i) => "k".repeat(240) + String(i).padStart(2, "0"));
  return packed(Object.fromEntries(keys.map((key) => [key, 0])));
}
