import { LIMITS } from "@guildhall/proto/tables";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FrameError } from "./frame-error.ts";
import { readScannedJson } from "./json.ts";
import { scanJson } from "./scan-json.ts";

const BOMB_MAX_MS = 5;

function refusal(text: string): FrameError {
  try {
    scanJson(text);
  } catch (error) {
    if (error instanceof FrameError) return error;
    throw error;
  }
  throw new Error("was accepted");
}

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
const list = (count: number) => `[${Array(count).fill("0").join(",")}]`;
const map = (count: number) => `{${Array.from({ length: count }, (_, i) => `"k${i}":0`).join(",")}}`;

describe("refuses as BAD_FRAME", () => {
  test.each([
    ["nothing", ""],
    ["white space", "  "],
    ["a map that is cut short", "{"],
    ["a text that is cut short", '{"a":"b'],
    ["a text cut in an escape", '"\\'],
    ["a text cut in a long escape", '"\\u12'],
    ["a byte order mark", "\uFEFF{}"],
    ["white space JSON does not know", "\u00a0{}"],
    ["two values", "{}{}"],
    ["a trailing comma in a list", "[1,]"],
    ["a trailing comma in a map", '{"a":1,}'],
    ["a comma first", "[,1]"],
    ["no comma", "[1 2]"],
    ["no colon", '{"a" 1}'],
    ["a key without quotes", "{a:1}"],
    ["a number as a key", "{1:1}"],
    ["the wrong end", "[1}"],
    ["a word", "nope"],
    ["half a word", "tru"],
    ["NaN", "NaN"],
    ["single quotes", "'a'"],
    ["a comment", "/**/{}"],
    ["a leading zero", "01"],
    ["a leading plus", "+1"],
    ["a bare minus", "-"],
    ["a bare point", "1."],
    ["a point first", ".5"],
    ["a bare exponent", "1e"],
    ["a bare exponent sign", "1e+"],
    ["hexadecimal", "0x10"],
    ["more than a double holds", "1e400"],
    ["2^53", "9007199254740992"],
    ["2^53 + 1, which rounds", "9007199254740993"],
    ["the same with a fraction", "9007199254740993.0"],
    ["1e300", "1e300"],
    ["−0", "-0"],
    ["−0.0", "-0.0"],
    ["−0e5", "-0e5"],
    ["one key twice", '{"t":1,"t":2}'],
    ["one key twice, once escaped", '{"t":1,"\\u0074":2}'],
    ["__proto__", '{"__proto__":1}'],
    ["__proto__, escaped", '{"\\u005f_proto__":1}'],
    ["constructor", '{"a":{"constructor":1}}'],
    ["prototype", '{"prototype":1}'],
    ["a lone high surrogate", '"\\ud800"'],
    ["a lone low surrogate", '"\\udc00"'],
    ["a high surrogate before a letter", '"\\ud800a"'],
    ["a high surrogate before another escape", '"\\ud800\\n"'],
    ["two high surrogates", '"\\ud800\\ud800"'],
    ["a lone surrogate in a key", '{"\\ud800":1}'],
    ["NUL, escaped", '"\\u0000"'],
    ["NUL", '"\0"'],
    ["a line break in a text", '"a\nb"'],
    ["no such escape", '"\\x41"'],
    ["an escape that is not hexadecimal", '"\\u00g0"'],
    ["MessagePack", "\u0081\u00a1t\u000b"],
    ["depth 9", nested(LIMITS.depthMax + 1)],
    ["depth 65,000", nested(65_000)],
  ])("%s", (_, text) => {
    expect(refusal(text).code).toBe("BAD_FRAME");
  });
});

describe("refuses as TOO_LARGE", () => {
  test.each([
    ["more elements than an array may have", list(LIMITS.arrayMax + 1)],
    ["more keys than a map may have", map(LIMITS.keysPerMapMax + 1)],
    ["more values than a frame may have", `[${list(1_000)},${list(1_000)},${list(46)}]`],
    ["a text longer than any may be", `"${"€".repeat(LIMITS.stringMaxBytes / 3 + 1)}"`],
  ])("%s", (_, text) => {
    expect(refusal(text).code).toBe("TOO_LARGE");
  });
});

describe("accepts", () => {
  test.each([
    ["depth 8", nested(LIMITS.depthMax)],
    ["as many elements as an array may have", list(LIMITS.arrayMax)],
    ["as many keys as a map may have", map(LIMITS.keysPerMapMax)],
    ["as many values as a frame may have", `[${list(1_000)},${list(1_000)},${list(44)}]`],
    ["a text as long as any may be", `"${"a".repeat(LIMITS.stringMaxBytes)}"`],
    ["white space", ' \t\r\n{ "a" : [ 1 , 2 ] } \n'],
    ["every escape", '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0001\\ud83d\\ude00"'],
    ["every plane of Unicode", '"aß€😀\u{10FFFF}\uFEFF"'],
    ["numbers of every form", "[0,-1,1.5,-0.5,1e3,1E-7,9007199254740991,-9007199254740991]"],
    ["names of a prototype as values", '["__proto__","constructor"]'],
    ["one key in two maps", '{"a":{"b":1},"b":{"a":1}}'],
  ])("%s", (_, text) => {
    expect(() => scanJson(text)).not.toThrow();
  });
});

test.each([
  ["before the mistake", '{"i":7,"x":nope}', 7],
  ["with white space", '{"i" : 4294967295 ,"x":nope}', 4_294_967_295],
  ["after the mistake", '{"x":nope,"i":7}', undefined],
  ["further in", '{"x":{"i":7},"y":nope}', undefined],
  ["negative", '{"i":-7,"x":nope}', undefined],
  ["beyond 32 bits", '{"i":4294967296,"x":nope}', undefined],
  ["as text", '{"i":"7","x":nope}', undefined],
])("the request id, %s", (_, text, request) => {
  expect(refusal(text).request).toBe(request);
});

test("what the scan accepts is JSON, and JSON of allowed values is accepted", () => {
  const soup = fc.string({ unit: fc.constantFrom(...'{}[]",:0123456789eE+-.\\utfnrals \n'.split("")), maxLength: 24 });
  const value = fc
    .jsonValue({ maxDepth: 4 })
    .filter((any) => !/__proto__|constructor|prototype/.test(JSON.stringify(any)));

  fc.assert(
    fc.property(
      fc.oneof(
        soup,
        value.map((any) => JSON.stringify(any, exactly)),
      ),
      (text) => {
        const accepted = verdict(() => scanJson(text));
        const parsed = verdict(() => JSON.parse(text));

        if (accepted) expect(parsed).toBe(true);
      },
    ),
    { numRuns: 3_000 },
  );
  fc.assert(
    fc.property(value, (any) => {
      expect(() => scanJson(JSON.stringify(any, exactly))).not.toThrow();
    }),
    { numRuns: 1_000 },
  );
});

test.each([
  ["a byte order mark", [0xef, 0xbb, 0xbf, 0x7b, 0x7d]],
  ["a lone continuation byte", [0x22, 0x80, 0x22]],
  ["a surrogate in UTF-8", [0x22, 0xed, 0xa0, 0x80, 0x22]],
  ["an overlong form", [0x22, 0xc0, 0xaf, 0x22]],
])("bytes with %s are refused", (_, bytes) => {
  expect(() => readScannedJson(Uint8Array.from(bytes))).toThrow();
});

test.each([
  ["65,000 lists inside one another", nested(65_000)],
  ["10,000 empty maps", `[${Array(10_000).fill("{}").join(",")}]`],
  ["a number of 16,000 digits", "1".repeat(16_000)],
  ["16,000 backslashes", `"${"\\".repeat(16_000)}"`],
])("a bomb is read or refused in time: %s", (_, text) => {
  let shortestMs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 10; i++) {
    const startedMs = performance.now();
    verdict(() => scanJson(text));
    shortestMs = Math.min(shortestMs, performance.now() - startedMs);
  }

  expect(shortestMs).toBeLessThan(BOMB_MAX_MS);
});

function verdict(read: () => unknown): boolean {
  try {
    read();
    return true;
  } catch {
    return false;
  }
}

/** Numbers that JavaScript holds exactly and texts without NUL or half a character; the rest becomes null. */
function exactly(_: string, value: unknown): unknown {
  if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) return null;
  if (typeof value === "string") return /\p{Surrogate}/u.test(value) ? null : value.replaceAll("\0", "");
  return value;
}
