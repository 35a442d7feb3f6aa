import { AppError } from "@guildhall/kernel";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeBatch, encodeBatch } from "./batch.ts";

const whole = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const laneEvent = fc.record(
  { g: whole, l: fc.nat(33), s: whole, pv: whole, pos: whole, at: whole, flags: fc.nat(7), bytes: fc.uint8Array() },
  { noNullPrototype: true },
);
const batch = fc.record(
  { p: fc.nat(1_023), ep: whole, term: whole, pos: whole, events: fc.array(laneEvent) },
  { noNullPrototype: true },
);

test("a batch comes back as it went", () => {
  fc.assert(
    fc.property(batch, (any) => {
      expect(decodeBatch(encodeBatch(any))).toEqual(any);
    }),
  );
});

test("the events' bytes are views of the batch, also where it lies within a larger buffer", () => {
  const event = { g: 5, l: 0, s: 1, pv: 1, pos: 9, at: 1, flags: 0, bytes: Uint8Array.of(1, 2, 3) };
  const encoded = encodeBatch({ p: 3, ep: 1, term: 2, pos: 9, events: [event] });
  const larger = new Uint8Array(encoded.length + 10);
  larger.set(encoded, 5);

  const [decoded] = decodeBatch(larger.subarray(5, 5 + encoded.length)).events;

  expect(decoded).toEqual(event);
  expect(decoded?.bytes.buffer).toBe(larger.buffer);
});

test("of a batch only the events that are wanted are read, and its length is looked at all the same", () => {
  fc.assert(
    fc.property(batch, (any) => {
      const wanted = (g: number, l: number) => g % 2 === 0 && l < 16;
      const encoded = encodeBatch(any);

      expect(decodeBatch(encoded, wanted)).toEqual({ ...any, events: any.events.filter(({ g, l }) => wanted(g, l)) });
      expect(() => decodeBatch(encoded.subarray(0, -1), () => false)).toThrow(AppError);
    }),
  );
});

test("bytes that are not exactly one batch are INTERNAL, whatever they are", () => {
  const encoded = encodeBatch({
    p: 3,
    ep: 1,
    term: 2,
    pos: 9,
    events: [{ g: 5, l: 0, s: 1, pv: 1, pos: 9, at: 1, flags: 0, bytes: Uint8Array.of(1, 2, 3) }],
  });

  for (let length = 0; length < encoded.length; length++) expect(codeOf(encoded.subarray(0, length))).toBe("INTERNAL");
  expect(codeOf(Uint8Array.of(...encoded, 0))).toBe("INTERNAL");
  for (const at of [0, 1, 32 + 6, 8, 16, 24, 40]) {
    const damaged = encoded.slice();
    damaged[at] = 0xff;
    expect(codeOf(damaged)).toBe("INTERNAL");
  }
  const claiming = encoded.slice();
  claiming.fill(0xff, 4, 8);
  expect(codeOf(claiming)).toBe("INTERNAL");
});

function codeOf(bytes: Uint8Array): string {
  try {
    decodeBatch(bytes);
    return "accepted";
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
}
