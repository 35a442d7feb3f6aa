import fc from "fast-check";
import { expect, test } from "vitest";
import { fromBase64Url, idFromBytes, isId, partitionOf, randomId, toBase64Url } from "./ids.ts";

const id = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });

test("a random id is an id, and another each time", () => {
  const ids = Array.from({ length: 1_000 }, randomId);

  expect(ids.every(isId)).toBe(true);
  expect(new Set(ids).size).toBe(1_000);
  expect(Math.max(...ids)).toBeGreaterThan(2 ** 50);
});

test.each([1, 2 ** 32, Number.MAX_SAFE_INTEGER])("%d is an id", (value) => {
  expect(isId(value)).toBe(true);
});

test.each([0, -1, 1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, "1", 1n, null, undefined, [1]])(
  "%s is no id",
  (value) => {
    expect(isId(value)).toBe(false);
  },
);

/** Worked out apart from this code. They must never change: they say where what is stored belongs. */
const PARTITIONS: readonly [entity: number, partitions: number, partition: number][] = [
  [1, 16, 2],
  [1, 1_024, 978],
  [2, 16, 15],
  [2, 1_024, 575],
  [255, 16, 8],
  [255, 1_024, 8],
  [256, 16, 12],
  [256, 1_024, 764],
  [65_536, 16, 10],
  [65_536, 1_024, 538],
  [4_294_967_295, 16, 1],
  [4_294_967_295, 1_024, 513],
  [4_294_967_296, 16, 2],
  [4_294_967_296, 1_024, 418],
  [4_503_599_627_370_497, 16, 2],
  [4_503_599_627_370_497, 1_024, 34],
  [6_755_399_441_055_745, 16, 10],
  [6_755_399_441_055_745, 1_024, 74],
  [9_007_199_254_740_991, 16, 2],
  [9_007_199_254_740_991, 1_024, 466],
];
test.each(PARTITIONS)("entity %d of %d partitions is in %d", (entity, partitions, partition) => {
  expect(partitionOf(entity, partitions)).toBe(partition);
});

test("the partition is that of FNV-1a in exact arithmetic, and within range", () => {
  fc.assert(
    fc.property(id, fc.integer({ min: 1, max: 1_024 }), (entity, partitions) => {
      expect(partitionOf(entity, partitions)).toBe(Number(fnv1a(BigInt(entity)) % BigInt(partitions)));
    }),
  );
});

test("random ids spread evenly over 16 partitions", () => {
  const counts = Array<number>(16).fill(0);
  for (let i = 0; i < 16_000; i++) {
    const partition = partitionOf(randomId(), 16);
    counts[partition] = (counts[partition] ?? 0) + 1;
  }

  expect(Math.min(...counts)).toBeGreaterThan(800);
  expect(Math.max(...counts)).toBeLessThan(1_200);
});

test("an id from bytes is an id, and the same for the same bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 7, maxLength: 32 }), (bytes) => {
      expect(isId(idFromBytes(bytes))).toBe(true);
      expect(idFromBytes(bytes)).toBe(idFromBytes(bytes.slice()));
    }),
  );
  expect(isId(idFromBytes(new Uint8Array(7)))).toBe(true);
  expect(isId(idFromBytes(new Uint8Array(7).fill(0xff)))).toBe(true);
});

test("base64url is that of Node, and comes back as it went", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      expect(toBase64Url(bytes)).toBe(Buffer.from(bytes).toString("base64url"));
      expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
    }),
  );
});

test("text is base64url where Node writes the bytes back as the same text", () => {
  const letters = fc.constantFrom(..."ABQghwxEIMUYckos0489-_zZ".split(""));
  fc.assert(
    fc.property(fc.array(letters, { maxLength: 12 }), (chosen) => {
      const text = chosen.join("");
      const bytes = Buffer.from(text, "base64url");
      const isExact = bytes.toString("base64url") === text;
      expect(fromBase64Url(text)).toEqual(isExact ? new Uint8Array(bytes) : undefined);
    }),
  );
});

test.each(["A", "AA==", "A A", "AB", "AA+", "AA/", "é", "AAAAA", "AA\n"])("%j is not base64url", (value) => {
  expect(fromBase64Url(value)).toBeUndefined();
});

function fnv1a(entity: bigint): bigint {
  let hash = 2_166_136_261n;
  for (let shift = 56n; shift >= 0n; shift -= 8n) {
    hash = ((hash ^ ((entity >> shift) & 0xffn)) * 16_777_619n) & 0xffff_ffffn;
  }
  return hash;
}
