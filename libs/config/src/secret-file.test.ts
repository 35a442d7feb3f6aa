import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Env } from "./env.ts";
import { secretFile } from "./secret-file.ts";

const folder = mkdtempSync(join(tmpdir(), "secret-"));

test("a secret is what its file holds, without the end of the line", () => {
  const file = join(folder, "password");
  writeFileSync(file, "pass word \n");

  const env = new Env({ X_FILE: file });

  expect(secretFile(env, "X_FILE")).toBe("pass word");
  expect(secretFile(env, "Y_FILE")).toBeUndefined();
  expect(() => env.done()).not.toThrow();
});

test("an empty file and one that is not there are mistakes", () => {
  const file = join(folder, "empty");
  writeFileSync(file, "\n");
  const env = new Env({ X_FILE: file, Y_FILE: join(folder, "nowhere") });

  secretFile(env, "X_FILE");
  secretFile(env, "Y_FILE");

  expect(() => env.done()).toThrow(/X_FILE: the file is empty[^]*Y_FILE: ENOENT/);
});
