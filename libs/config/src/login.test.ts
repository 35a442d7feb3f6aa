import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Env, itemsOf } from "./env.ts";
import { loginOf } from "./login.ts";

test("a login is a user with the password of a file, or nothing; one without the other is a mistake", async () => {
  const folder = await mkdtemp(join(tmpdir(), "login-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "password");
  writeFileSync(file, "secret\n");
  const half = new Env({ X_USER: "ann" });

  expect(loginOf(new Env({ X_USER: "ann", X_PASSWORD_FILE: file }), "X")).toEqual({ user: "ann", password: "secret" });
  expect(loginOf(new Env({ X_USER: "none" }), "X")).toBeUndefined();
  expect(loginOf(half, "X")).toBeUndefined();
  expect(() => half.done()).toThrow(/X_USER and X_PASSWORD_FILE are set together or not at all/);
});

test("a list is what stands between the commas", () => {
  expect(itemsOf(" a, b ,,c,")).toEqual(["a", "b", "c"]);
  expect(itemsOf("")).toEqual([]);
});
