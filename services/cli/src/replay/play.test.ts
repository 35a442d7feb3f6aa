import { expect, test } from "vitest";
import { castOf } from "./cast.ts";
import type { LogLine } from "./log.ts";
import { timetable } from "./play.ts";

test("lines of one minute are spread over it, and time is compressed", () => {
  const lines: LogLine[] = [10, 10, 11, 13].map((minute) => ({ minute, type: "message", nick: "ann", text: "hi" }));

  expect(timetable(castOf(lines).steps, 60)).toEqual([0, 500, 1_000, 3_000]);
  expect(timetable(castOf(lines).steps, undefined)).toEqual([]);
});
