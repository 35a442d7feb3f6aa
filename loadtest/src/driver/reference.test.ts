import { expect, test } from "vitest";
import { Reference } from "./reference.ts";

const frame = (seq: number) => ({ first: seq, last: seq, dueMs: [] });

test("bytes match as far as both go, and whole frames where they part", () => {
  const reference = new Reference();
  reference.append(Buffer.from("aaaa"), frame(1));
  reference.append(Buffer.from("bbbb"), frame(2));

  expect(reference.match(0, 0, Buffer.from("aaaabb"), 0, 6)).toBe(6);
  expect(reference.match(0, 0, Buffer.from("aaaabbbbcc"), 0, 10)).toBe(8);
  expect(reference.match(0, 0, Buffer.from("aaaabxbb"), 0, 8)).toBe(4);
  expect(reference.match(6, 1, Buffer.from("xb"), 0, 2)).toBe(0);
});

test("the frame that begins with a seq is found, and nothing within a frame", () => {
  const reference = new Reference();
  reference.append(Buffer.from("a"), { first: 5, last: 7, dueMs: [] });
  reference.append(Buffer.from("b"), { first: 8, last: 8, dueMs: [] });

  expect([5, 6, 8, 9, 10].map((seq) => reference.starting(seq))).toEqual([0, undefined, 1, 2, undefined]);
});

test("the oldest bytes go, and what goes round the end of the ring still matches", () => {
  const reference = new Reference();
  const megabyte = 1024 * 1024;
  const bytesOf = (seq: number) => Buffer.alloc(3 * megabyte, seq);

  for (let seq = 1; seq <= 12; seq++) reference.append(bytesOf(seq), frame(seq));

  expect(reference.keeps(reference.end(0), 1)).toBe(false);
  expect(reference.keeps(reference.end(9), 10)).toBe(true);
  expect(reference.match(reference.end(9), 10, bytesOf(11), 0, 3 * megabyte)).toBe(3 * megabyte);
  expect(reference.slice(reference.end(9), reference.end(10)).equals(bytesOf(11))).toBe(true);
});
