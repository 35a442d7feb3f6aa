import { spawn, spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import { Closers } from "@guildhall/kernel";
import { expect, test } from "vitest";
import { canPin, keepOn } from "./cores.ts";

const coresOf = (pid: number | undefined): string =>
  spawnSync("taskset", ["-c", "-p", String(pid)], { encoding: "utf8" })
    .stdout.split(":")
    .at(-1)
    ?.trim() ?? "";

test.skipIf(!canPin || availableParallelism() < 2)("a process stays on its core until it is let go", async () => {
  const child = spawn("sleep", ["60"]);
  try {
    const before = coresOf(child.pid);
    {
      await using closers = new Closers();
      keepOn(1, [child.pid ?? 0], closers);
      expect(coresOf(child.pid)).toBe("1");
    }
    expect(coresOf(child.pid)).toBe(before);
  } finally {
    child.kill("SIGKILL");
  }
});

test.skipIf(!canPin)("a process that is not there is left out", async () => {
  await using closers = new Closers();
  expect(() => keepOn(0, [2 ** 22 + 1], closers)).not.toThrow();
});
