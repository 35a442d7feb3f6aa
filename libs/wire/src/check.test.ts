import { AppError } from "@guildhall/kernel";
import { KickArgs, NickArgs, SendArgs } from "@guildhall/proto";
import { expect, expectTypeOf, test } from "vitest";
import { checkArgs } from "./check.ts";

test("returns what it was given, typed by the schema", () => {
  const given: unknown = { u: 5 };

  const args = checkArgs(KickArgs, given);

  expect(args).toBe(given);
  expectTypeOf(args).toEqualTypeOf<KickArgs>();
});

test.each<[string, unknown, string]>([
  ["no map", null, ""],
  ["a missing field", {}, "/k"],
  ["an unknown field", { k: "text", b: { t: "x" }, role: 1 }, "/role"],
  ["an unknown field further in", { k: "text", b: { t: "x", y: 1 } }, "/b/y"],
  ["a field of another kind", { k: "text", b: { t: 1 } }, "/b/t"],
  ["a field that every object has", { k: "text", b: { t: "x" }, toString: 1 }, "/toString"],
])("%s is BAD_ARGS with its place", (_, value, path) => {
  expect(refusal(() => checkArgs(SendArgs, value))).toMatchObject({ code: "BAD_ARGS", d: { path } });
});

test("a text is measured in characters, not in units", () => {
  expect(checkArgs(NickArgs, { nick: "😀".repeat(80) })).toBeTruthy();
  expect(refusal(() => checkArgs(NickArgs, { nick: "😀".repeat(81) }))).toMatchObject({ d: { path: "/nick" } });
});

test("a path the client made up is cut", () => {
  const error = refusal(() => checkArgs(KickArgs, { u: 5, ["x".repeat(10_000)]: 1 }));

  expect((error.d as { path: string }).path.length).toBeLessThanOrEqual(128);
});

function refusal(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("was accepted");
}
