import { LIMITS } from "@guildhall/proto/tables";
import { expect, test } from "vitest";
import { isOfSignIn } from "./sign-in.ts";

const atMs = 1_700_000_000_000;

test.each([
  ["made with the sign-in", 0, true],
  ["made later", 3_600_000, true],
  ["made two minutes before, by another clock", -120_000, true],
  ["made three minutes before", -180_000, false],
])("a token %s", (_, laterMs, expected) => {
  expect(isOfSignIn({ exp: atMs + laterMs + LIMITS.accessTokenMs }, atMs)).toBe(expected);
});

test("no token is of a sign-in that is none", () => {
  expect(isOfSignIn({ exp: atMs }, 0)).toBe(false);
});
