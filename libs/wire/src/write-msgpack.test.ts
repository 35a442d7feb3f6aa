import { Encoder } from "@msgpack/msgpack";
import fc from "fast-check";
import { expect, test } from "vitest";
import { MsgpackWriter } from "./write-msgpack.ts";

const library = new Encoder({ ignoreUndefined: true });
const writer = new MsgpackWriter();
const written = (value: unknown) => Buffer.from(writer.write(value)).toString("hex");
const expected = (value: unknown) => Buffer.from(library.encode(value)).toString("hex");

const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x100, 0xffff, 0x1_0000, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];
const NUMBERS = [
  ...EDGES,
  ...EDGES.map((n) => -n),
  -0x20,
  -0x21,
  -0x80,
  -0x81,
  -0x8000,
  -0x8001,
  -(2 ** 31),
  -(2 ** 31) - 1,
];

test.each([...NUMBERS, 0.5, -1.25, 2 ** 53, 2 ** 64, Number.NaN, Number.POSITIVE_INFINITY])(
  "%d as the library writes it",
  (n) => {
    expect(written(n)).toBe(expected(n));
  },
);

test.each([0, 15, 16, 31, 32, 200, 201, 255, 256, 65_535, 65_536])("texts, bytes, lists and maps of %i", (size) => {
  const values = [
    "a".repeat(size),
    "ü".repeat(size),
    new Uint8Array(size).fill(7),
    Array.from({ length: size }, () => null),
    Object.fromEntries(Array.from({ length: size }, (_, i) => [`k${i}`, i])),
  ];
  for (const value of values) expect(written(value) === expected(value)).toBe(true);
});

test("any value is written as the library writes it", () => {
  const leaf = fc.oneof(
    fc.string({ unit: "binary" }).filter((text) => !/\p{Surrogate}/u.test(text)),
    fc.maxSafeInteger(),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.uint8Array(),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof({ depthSize: "small" }, leaf, fc.array(tie("value")), fc.dictionary(fc.string(), tie("value"))),
  }));
  fc.assert(
    fc.property(value, (one) => {
      expect(written(one)).toBe(expected(one));
    }),
    { numRuns: 2_000 },
  );
});

test("a large value grows the buffer, and small ones after it are right", () => {
  const large = { a: "x".repeat(3_000_000), b: [new Uint8Array(2_000_000)] };

  expect(written(large) === expected(large)).toBe(true);
  expect(written({ a: 1 })).toBe(expected({ a: 1 }));
});

test("what MessagePack cannot say is refused, and what holds itself too", () => {
  const round: { self?: unknown } = {};
  round.self = round;

  expect(() => writer.write(1n)).toThrow("MessagePack has no bigint");
  expect(() => writer.write({ a: () => {} })).toThrow("MessagePack has no function");
  expect(() => writer.write(round)).toThrow("too deep");
  expect(written([1])).toBe(expected([1]));
});
