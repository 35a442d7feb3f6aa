import { describe, expect, test } from "vitest";
import { nameOf, nicknameOf, tagsOf } from "./names.ts";

const refusedAt = (path: string) => expect.objectContaining({ code: "BAD_ARGS", d: { path } });

test("a name loses the white space at its ends and nothing else", () => {
  expect(nameOf("  Chess  and\u00a0Go ", "/name")).toBe("Chess  and\u00a0Go");
});

test.each([
  ["joined emoji", "👩‍👩‍👧‍👦"],
  ["text from right to left with marks", "\u200fשלום"],
  ["combining marks", "e\u0301\u0302\u0303"],
  ["words that are keys of objects", "__proto__"],
])("%s may be a name", (_, name) => {
  expect(nameOf(name, "/name")).toBe(name);
});

describe.each([
  ["nothing", ""],
  ["white space", " \u00a0\u3000"],
  ["characters without width", "\u200b\u200d\u2060"],
  ["fillers", "\u3164\u115f"],
  ["a blank Braille cell", "\u2800"],
  ["NUL", "a\u0000b"],
  ["a line feed at the end", "ab\n"],
  ["a C1 control", "a\u0085b"],
  ["DEL", "a\u007fb"],
  ["a line separator", "a\u2028b"],
  ["a direction override", "a\u202eb"],
  ["a direction isolate", "a\u2066b"],
])("%s", (_, name) => {
  test("is no name", () => {
    expect(() => nameOf(name, "/name")).toThrow(refusedAt("/name"));
  });
});

test("a nickname of spaces alone is none, and one with controls is refused", () => {
  const kept = ["", "   ", " Ann "].map((text) => nicknameOf(text, "/nick", "Chess"));
  expect(kept).toEqual(["", "", "Ann"]);
  for (const text of ["\t", "\u200b", "CHESS"]) {
    expect(() => nicknameOf(text, "/nick", "Chess")).toThrow(refusedAt("/nick"));
  }
});

test("tags keep their order, and the one that is wrong is named", () => {
  expect(tagsOf([" b", "a"])).toEqual(["b", "a"]);
  expect(() => tagsOf(["a", "b", " a "])).toThrow(refusedAt("/tags/2"));
  expect(() => tagsOf(["a", " "])).toThrow(refusedAt("/tags/1"));
});
