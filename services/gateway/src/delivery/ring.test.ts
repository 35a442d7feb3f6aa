import type { LaneEvent } from "@guildhall/proto";
import { expect, test } from "vitest";
import { kept, Ring } from "./ring.ts";

const NOW = 1_000_000_000;

function event(s: number, fields: Partial<LaneEvent> = {}): LaneEvent {
  return { g: 1, l: 0, s, pv: 0, pos: s, at: NOW - 1_000 + s, flags: 0, bytes: new Uint8Array(100), ...fields };
}

function ringOf(a: number, z: number, fields: Partial<LaneEvent> = {}): Ring {
  const ring = new Ring();
  for (let s = a; s <= z; s++) ring.push(kept(event(s, fields)));
  return ring;
}

test("gives what it has of a range", () => {
  const ring = ringOf(10, 20);

  expect(ring.range(12, 14).map(({ s }) => s)).toEqual([12, 13, 14]);
  expect(ring.range(1, 11).map(({ s }) => s)).toEqual([10, 11]);
  expect(ring.range(19, 99).map(({ s }) => s)).toEqual([19, 20]);
  expect(ring.range(1, 9)).toEqual([]);
  expect(ring.range(21, 30)).toEqual([]);
  expect(new Ring().range(1, 9)).toEqual([]);
  expect(ring.get(15)?.s).toBe(15);
  expect([ring.get(9), ring.get(21)]).toEqual([undefined, undefined]);
});

test("an event that does not follow is a bug", () => {
  expect(() => ringOf(1, 3).push(kept(event(5)))).toThrow(RangeError);
});

test("what is kept is a copy", () => {
  const bytes = new Uint8Array([1, 2, 3]);
  const copy = kept(event(1, { bytes }));

  bytes.fill(0);

  expect([...copy.bytes]).toEqual([1, 2, 3]);
});

test("stored events go beyond 2,000, beyond 1 MiB and after five minutes", () => {
  const many = ringOf(1, 3_000);
  many.trim(NOW, { stored: 3_000, gone: 0 });
  const large = ringOf(1, 20, { bytes: new Uint8Array(100_000) });
  large.trim(NOW, { stored: 20, gone: 0 });
  const old = ringOf(1, 20);
  old.trim(NOW + 5 * 60_000 - 1_000 + 10, { stored: 20, gone: 0 });

  expect([many.first, many.size]).toEqual([1_001, 2_000]);
  expect([large.first, large.size]).toEqual([11, 10]);
  expect(old.first).toBe(10);
});

test("the newest event stays, however old", () => {
  const ring = ringOf(1, 20);

  ring.trim(NOW + 3_600_000, { stored: 20, gone: 0 });

  expect([ring.first, ring.size]).toEqual([20, 1]);
});

test("what is not stored stays, up to a bound", () => {
  const ring = ringOf(1, 3_000);
  ring.trim(NOW + 3_600_000, { stored: 500, gone: 0 });
  const huge = ringOf(1, 40_000);
  huge.trim(NOW, { stored: 0, gone: 0 });

  expect(ring.first).toBe(501);
  expect(huge.size).toBe(32_768);
});

test("what its owner does not hold either goes as what is stored does, and is lacking until it is stored", () => {
  const ring = ringOf(1, 3_000);

  ring.trim(NOW, { stored: 500, gone: 2_500 });

  expect([ring.first, ring.size]).toEqual([1_001, 2_000]);
  expect([ring.lacks(500), ring.lacks(999), ring.lacks(1_000)]).toEqual([true, true, false]);
  ring.clear();
  expect(ring.lacks(0)).toBe(false);
});

test("finds the first event at or after a time", () => {
  const ring = ringOf(10, 20);
  const at = (s: number) => NOW - 1_000 + s;

  expect(ring.seqAt(at(15))).toBe(15);
  expect(ring.seqAt(at(20))).toBe(20);
  expect(ring.seqAt(at(20) + 1)).toBeUndefined();
  // Earlier ones may be in the store.
  expect(ring.seqAt(at(10))).toBeUndefined();
});

test("goes on after much was dropped", () => {
  const ring = ringOf(1, 1);
  for (let s = 2; s <= 20_000; s++) {
    ring.push(kept(event(s)));
    ring.trim(NOW, { stored: s, gone: 0 });
  }

  expect([ring.first, ring.size]).toEqual([18_001, 2_000]);
  expect(ring.get(19_000)?.s).toBe(19_000);
});
