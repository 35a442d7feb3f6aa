import { expect, test } from "vitest";
import * as subjects from "./subjects.ts";

test("subjects differ by what they carry and by partition, and are lower case and dotted", () => {
  const all = Object.values(subjects).flatMap((subject) => [subject(0), subject(15)]);

  expect(all).toEqual(expect.arrayContaining(["cmd.0", "ask.15", "open.0", "facts.15", "ev.0", "pv.15", "beacon.0"]));
  expect(new Set(all).size).toBe(all.length);
});
