import { describe, expect, test } from "vitest";
import { Env } from "./env.ts";

const PORT = { min: 0, max: 65_535 };

test("reads what is set, and the fallback for what is not", () => {
  const env = new Env({ NAME: "hall", PORT: "7000", TLS: "true" });

  expect(env.text("NAME")).toBe("hall");
  expect(env.text("OTHER", "fallback")).toBe("fallback");
  expect(env.int("PORT", 1, PORT)).toBe(7_000);
  expect(env.int("OTHER_PORT", 8_000, PORT)).toBe(8_000);
  expect(env.flag("TLS", false)).toBe(true);
  expect(env.flag("OTHER_FLAG", true)).toBe(true);
  expect(() => env.done()).not.toThrow();
});

test("names every mistake at once", () => {
  const env = new Env({ PORT: "x", TLS: "yes" });

  env.text("NAME");
  env.int("PORT", 1, PORT);
  env.flag("TLS", false);

  expect(() => env.done()).toThrow(
    "bad settings:\n  NAME is not set\n  PORT must be a whole number from 0 to 65535\n  TLS must be 1, true, 0 or false",
  );
});

test("an empty text is one that is not set", () => {
  const env = new Env({ NAME: "" });

  env.text("NAME", "fallback");

  expect(() => env.done()).toThrow("NAME is not set");
});

describe("a number", () => {
  test.each(["0", "65535", "007"])("may be %j", (value) => {
    const env = new Env({ PORT: value });

    expect(env.int("PORT", 1, PORT)).toBe(Number(value));
    expect(() => env.done()).not.toThrow();
  });

  test.each(["", " ", "-1", "65536", "1.5", "1e3", "0x10", " 7", "seven", "Infinity", "9007199254740993"])(
    "may not be %j",
    (value) => {
      const env = new Env({ PORT: value });

      env.int("PORT", 1, PORT);

      expect(() => env.done()).toThrow("PORT must be");
    },
  );

  test("may be negative where the range says so", () => {
    expect(new Env({ OFFSET: "-5" }).int("OFFSET", 0, { min: -10, max: 10 })).toBe(-5);
  });

  test("is held to its range in the fallback too", () => {
    const env = new Env({});

    env.int("PORT", -1, PORT);

    expect(() => env.done()).toThrow("PORT must be");
  });
});

describe("a flag", () => {
  test.each([
    ["1", true],
    ["true", true],
    ["0", false],
    ["false", false],
  ])("%s is %s, whatever the fallback", (value, expected) => {
    expect(new Env({ FLAG: value }).flag("FLAG", !expected)).toBe(expected);
  });

  test.each(["", "yes", "TRUE", "2"])("may not be %j", (value) => {
    const env = new Env({ FLAG: value });

    env.flag("FLAG", false);

    expect(() => env.done()).toThrow("FLAG must be");
  });
});

test("a mistake does not repeat the value, which may be a secret in the wrong place", () => {
  const env = new Env({ PORT: "s3cret" });

  env.int("PORT", 1, PORT);

  expect(() => env.done()).toThrow(expect.not.objectContaining({ message: expect.stringContaining("s3cret") }));
});
