import { expect, test } from "vitest";
import { type Known, type Said, wrongIn } from "./said.ts";

const G = 7;
const said = (text: string, s?: number): Said => ({
  who: 0,
  g: G,
  n: new Uint8Array(16),
  text,
  ...(s === undefined ? {} : { s }),
});
const found = (...texts: readonly string[]): Known => ({
  g: G,
  ep: 1,
  head: texts.length,
  texts: new Map(texts.map((text, at) => [at + 1, text])),
});

test("all that was answered is at its place, and what nobody knows of may be there or not", () => {
  expect(wrongIn(found("a", "b"), [said("a", 1), said("b"), said("c")])).toEqual([]);
});

test("what was answered and is gone is told, and what stands elsewhere", () => {
  expect(wrongIn(found("b"), [said("a", 1), said("b")])).toEqual(["seq 1 of 7 is b, not a"]);
  expect(wrongIn(found("a"), [said("a", 1), said("b", 2)])).toEqual(["seq 2 of 7 is no message, not b"]);
});

test("what belongs to a life that is gone is told, and what is there twice", () => {
  expect(wrongIn(found("a", "lost"), [said("a", 1)])).toEqual(["lost stands at 2, and must be gone"]);
  expect(wrongIn(found("a", "a"), [said("a", 1)])).toEqual(["a stands at 1 and at 2"]);
});

test("other groups are not looked at", () => {
  expect(wrongIn(found(), [{ ...said("a", 1), g: 8 }])).toEqual([]);
});
