import fc from "fast-check";
import { expect, test } from "vitest";
import { makeNonce, nonceKey, nonceTimeMs } from "./nonce.ts";

const NOW_MS = 1_767_225_600_123;

test("a nonce is a UUIDv7", () => {
  const nonce = makeNonce(NOW_MS);

  expect(nonce).toHaveLength(16);
  expect((nonce[6] ?? 0) >> 4).toBe(7);
  expect((nonce[8] ?? 0) >> 6).toBe(2);
});

test("its time comes back, to the millisecond", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 48 - 1 }), (timeMs) => {
      expect(nonceTimeMs(makeNonce(timeMs))).toBe(timeMs);
    }),
  );
});

test("the time is that of RFC 9562's example", () => {
  const nonce = Uint8Array.from(Buffer.from("017f22e279b07cc398c4dc0c0c07398f", "hex"));

  expect(nonceTimeMs(nonce)).toBe(Date.parse("2022-02-22T19:22:22Z"));
});

test("two of one millisecond differ", () => {
  const keys = Array.from({ length: 1_000 }, () => nonceKey(makeNonce(NOW_MS)));

  expect(new Set(keys).size).toBe(1_000);
});

test("keys are equal where the bytes are, and only there", () => {
  const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });

  fc.assert(
    fc.property(bytes, bytes, (a, b) => {
      expect(nonceKey(a)).toHaveLength(16);
      expect(nonceKey(a)).toBe(nonceKey(a.slice()));
      expect(nonceKey(a) === nonceKey(b)).toBe(Buffer.compare(a, b) === 0);
    }),
  );
});
