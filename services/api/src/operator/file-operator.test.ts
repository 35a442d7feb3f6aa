import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Clock } from "@guildhall/kernel";
import { LIMITS } from "@guildhall/proto/tables";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fileOperator } from "./file-operator.ts";

let folder: string;
let path: string;
let nowMs = 0;
const clock: Clock = { nowMs: () => nowMs, monotonicMs: () => nowMs };

beforeEach(async () => {
  nowMs = 1_000;
  folder = await mkdtemp(join(tmpdir(), "operator-"));
  path = join(folder, "operator.json");
});
afterEach(() => rm(folder, { recursive: true }));

const start = () => fileOperator({ path, clock });

test("the first start has a code, which gives the key once", async () => {
  const operator = start();
  const code = operator.code() ?? "";

  const key = (await operator.redeem(code)) ?? "";

  expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}$/);
  expect(key).toMatch(/^[\w-]{43}$/);
  expect(operator.check(key)).toBe(true);
  expect(operator.check(`${key.slice(0, -1)}_`)).toBe(false);
  expect(operator.check("")).toBe(false);
  expect(operator.code()).toBeUndefined();
  expect(await operator.redeem(code)).toBeUndefined();
});

test("the key holds after a new start, which has no code", async () => {
  const operator = start();
  const key = (await operator.redeem(operator.code() ?? "")) ?? "";

  const again = start();

  expect(again.code()).toBeUndefined();
  expect(again.check(key)).toBe(true);
});

test("a start without an operator makes another code, and the one before is worth nothing", async () => {
  const first = start().code() ?? "";
  const operator = start();

  expect(operator.code()).not.toBe(first);
  expect(await operator.redeem(first)).toBeUndefined();
});

test("only the hash is kept, in a file for its owner alone, with nothing left beside it", async () => {
  const operator = start();
  const key = (await operator.redeem(operator.code() ?? "")) ?? "";

  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readFile(path, "utf8")).not.toContain(key);
  expect(await readdir(folder)).toEqual(["operator.json"]);
});

test("the code may be typed in lower case, without dashes, and with look-alikes", async () => {
  const operator = start();
  const typed = (operator.code() ?? "").toLowerCase().replaceAll("-", " ").replaceAll("0", "o").replaceAll("1", "l");

  expect(await operator.redeem(` ${typed} `)).toBeDefined();
});

test("four wrong tries are forgiven, the fifth ends the code", async () => {
  const [lucky, unlucky] = [start(), start()];
  for (let i = 0; i < 4; i++) expect(await lucky.redeem("AAAA-AAAA-AAAA")).toBeUndefined();
  for (let i = 0; i < 5; i++) expect(await unlucky.redeem("AAAA-AAAA-AAAA")).toBeUndefined();

  const held = unlucky.code();

  expect(held).toBeUndefined();
  expect(await lucky.redeem(lucky.code() ?? "")).toBeDefined();
});

test("the code ends after 15 minutes", async () => {
  const operator = start();
  const code = operator.code() ?? "";

  nowMs += LIMITS.operatorCodeMs - 1;
  expect(operator.code()).toBe(code);
  nowMs += 1;
  expect(operator.code()).toBeUndefined();
  expect(await operator.redeem(code)).toBeUndefined();
});

test("of many who give the code at once one gets a key", async () => {
  const operator = start();
  const code = operator.code() ?? "";

  const keys = await Promise.all(Array.from({ length: 10 }, () => operator.redeem(code)));

  expect(keys.filter((key) => key !== undefined)).toHaveLength(1);
});

test("a key that cannot be written leaves the code as it was", async () => {
  const operator = fileOperator({ path: join(folder, "missing", "operator.json"), clock });
  const code = operator.code() ?? "";

  await expect(operator.redeem(code)).rejects.toMatchObject({ code: "UNAVAILABLE" });

  expect(operator.code()).toBe(code);
});

test("a file that others may read, or that is something else, stops the start", async () => {
  const operator = start();
  await operator.redeem(operator.code() ?? "");

  await chmod(path, 0o644);
  expect(start).toThrow("owner only");
  for (const text of ["", "{}", '{"version":2,"sha256":"x"}', "null"]) {
    await writeFile(path, text);
    await chmod(path, 0o600);
    expect(start).toThrow("does not hold an operator key");
  }
});
