import { expect, test } from "vitest";
import { AppError, errorCodeOf, isRetryable } from "./errors.ts";

test("an AppError carries its code, detail, data, wait and cause", () => {
  const cause = new Error("disk");

  const error = new AppError("UNAVAILABLE", "journal", { d: { p: 3 }, retryAfterMs: 100, cause });

  expect(error).toMatchObject({
    name: "AppError",
    message: "UNAVAILABLE: journal",
    d: { p: 3 },
    retryAfterMs: 100,
    cause,
  });
  expect(new AppError("MUTED").message).toBe("MUTED");
});

test("whatever is no AppError is INTERNAL to the client", () => {
  expect(errorCodeOf(new AppError("MUTED"))).toBe("MUTED");
  for (const error of [new Error("x"), { code: "MUTED" }, "MUTED", null, undefined]) {
    expect(errorCodeOf(error)).toBe("INTERNAL");
  }
});

test("what may succeed later is told apart from what will not", () => {
  expect(isRetryable("OUTCOME_UNKNOWN")).toBe(true);
  expect(isRetryable("FORBIDDEN")).toBe(false);
});
