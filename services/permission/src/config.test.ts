import { Env } from "@guildhall/config";
import { expect, test } from "vitest";
import { permissionConfig } from "./config.ts";

test("has a value for everything", () => {
  const env = new Env({});

  expect(permissionConfig(env)).toEqual({
    socketPath: "data/permission.sock",
    partitions: 16,
    groupsMax: 20_000,
    membersPerGroupMax: 10_000,
  });
  expect(() => env.done()).not.toThrow();
});

test("names what is wrong", () => {
  const env = new Env({ PARTITIONS: "0", PERMISSION_GROUPS_MAX: "many" });

  permissionConfig(env);

  expect(() => env.done()).toThrow(/PARTITIONS.*\n.*PERMISSION_GROUPS_MAX/);
});
