import { expect, test } from "vitest";
import { acknowledgedIn, Progress } from "./progress.ts";

test("how far a replay has come is read from what it says, and nothing else is", () => {
  const progress = new Progress();
  for (const line of ["adding 12 people", "800 lines by 10 people in group 7", "200 of 800 lines", "400 of 800 lines"])
    progress.take(line);

  expect(progress).toEqual({ sent: 400, marks: 2 });
});

test("what was refused was not acknowledged", () => {
  const figures = { lines: { message: 7, join: 2 }, refused: { ALREADY: 1, BAD_ARGS: 1 }, ok: true };

  expect(acknowledgedIn(JSON.stringify(figures))).toBe(7);
  expect(() => acknowledgedIn("")).toThrow(SyntaxError);
});
