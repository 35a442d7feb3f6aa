import { BIT_COUNT, BITS, type Bit } from "@guildhall/proto/tables";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  ALL,
  BIT_NAMES,
  bitNames,
  DANGEROUS_BITS,
  fromHex,
  hasBit,
  includesAll,
  intersection,
  MUTE_KEEP,
  maskOf,
  NONE,
  toHex,
  union,
  without,
} from "./bits.ts";

const someBits = fc.subarray([...BIT_NAMES]);

test("each bit is in its lane, unsigned", () => {
  expect(maskOf(["VIEW_GROUP"])).toEqual({ lo: 1, hi: 0 });
  expect(maskOf(["MUTE_MEMBER"])).toEqual({ lo: 0x8000_0000, hi: 0 });
  expect(maskOf(["MANAGE_NICKNAME"])).toEqual({ lo: 0, hi: 1 });
  expect(maskOf(["EXPORT_DATA"])).toEqual({ lo: 0, hi: 0x1_0000 });
});

test("ALL has every bit and no reserved one", () => {
  expect(bitNames(ALL)).toHaveLength(BIT_COUNT);
  expect(ALL).toEqual({ lo: 0xffff_ffff, hi: 0x1_ffff });
  expect(bitNames(NONE)).toEqual([]);
});

test("a mask is the set of its bits", () => {
  fc.assert(
    fc.property(someBits, (bits) => {
      const mask = maskOf(bits);

      expect(bitNames(mask)).toEqual(BIT_NAMES.filter((name) => bits.includes(name)));
      expect(BIT_NAMES.every((name) => hasBit(mask, name) === bits.includes(name))).toBe(true);
    }),
  );
});

test("union, intersection, difference and inclusion are those of sets", () => {
  fc.assert(
    fc.property(someBits, someBits, (a, b) => {
      const [x, y] = [maskOf(a), maskOf(b)];

      expect(union(x, y)).toEqual(maskOf([...a, ...b]));
      expect(intersection(x, y)).toEqual(maskOf(a.filter((bit) => b.includes(bit))));
      expect(without(x, y)).toEqual(maskOf(a.filter((bit) => !b.includes(bit))));
      expect(includesAll(x, y)).toBe(b.every((bit) => a.includes(bit)));
    }),
  );
});

test("the external form goes there and back", () => {
  expect(toHex(maskOf(["VIEW_GROUP", "MANAGE_NICKNAME"]))).toBe("0x0000000100000001");
  fc.assert(
    fc.property(someBits, (bits) => {
      expect(fromHex(toHex(maskOf(bits)))).toEqual(maskOf(bits));
    }),
  );
});

test("the external form may leave out leading zeros", () => {
  expect(fromHex("0x1ff")).toEqual({ lo: 0x1ff, hi: 0 });
});

test.each(["", "0x", "1ff", "0xg", "0x11111111111111111", "0x0002000000000000", "0xffffffffffffffff"])(
  "refuses %j as a mask",
  (text) => expect(() => fromHex(text)).toThrow(expect.objectContaining({ code: "BAD_ARGS" })),
);

test("the dangerous bits are those of the table", () => {
  const expected: Bit[] = [
    "SPEAK_AS_GROUP",
    "BAN_MEMBER",
    "ASSIGN_ROLE",
    "MANAGE_ROLE",
    "EDIT_SETTINGS",
    "MANAGE_BOT",
    "MANAGE_WEBHOOK",
    "EXPORT_DATA",
  ];

  expect([...DANGEROUS_BITS]).toEqual(expected);
});

test("a mute leaves reading", () => {
  expect(bitNames(MUTE_KEEP)).toEqual(["VIEW_GROUP", "READ_HISTORY", "VIEW_MEMBER_LIST"]);
  expect(Object.keys(BITS)).toHaveLength(BIT_COUNT);
});
