import { expect, test } from "vitest";
import { numberedText, numberIn } from "./numbered.ts";

test("a text tells its number, and one that was altered tells none", () => {
  const text = numberedText(42, 4_000);

  expect(text).toHaveLength(4_000);
  expect(numberIn(text)).toBe(42);
  expect(numberIn(numberedText(7, 10))).toBe(7);
  expect(numberIn(`${text.slice(0, 2_000)}#${text.slice(2_001)}`)).toBeUndefined();
  expect(numberIn(`x${text.slice(1)}`)).toBeUndefined();
  expect(numberIn("short")).toBeUndefined();
});
