import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { freePorts, lives, runToEnd } from "./processes.ts";

const run = { cwd: tmpdir(), maxMs: 20_000, missing: "apt-get install it" };

test("a program that is missing is named, with how to come by it", async () => {
  await expect(runToEnd("no-such-program-here", [], run)).rejects.toThrow(
    "there is no no-such-program-here: apt-get install it",
  );
});

test("a program that fails, or takes too long, is told with the end of what it printed", async () => {
  await expect(runToEnd("sh", ["-c", "echo why >&2; exit 3"], run)).rejects.toThrow(/sh -c ended with 3:\nwhy/);
  await expect(runToEnd("sleep", ["60"], { ...run, maxMs: 200 })).rejects.toThrow(/SIGTERM \(it may take 0\.2 s\)/);
  expect(await runToEnd("echo", ["fine"], run)).toBe("fine\n");
});

test("free ports differ, whoever asks, can be taken, and are none that an outgoing connection gets", async () => {
  const ports = (await Promise.all([freePorts(4), freePorts(4), freePorts(4)])).flat();

  expect(new Set(ports).size).toBe(12);
  expect(Math.max(...ports)).toBeLessThan(32_768);
  for (const port of ports) {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
    await new Promise((resolve) => server.close(resolve));
  }
});

test("a process counts as ours only with its mark", () => {
  const { pid } = process;

  expect(lives({ name: "this", pid, mark: process.argv0 })).toBe(true);
  expect(lives({ name: "this", pid, mark: "/data/of/another.conf" })).toBe(false);
  expect(lives({ name: "gone", pid: 2 ** 22 + 1, mark: "" })).toBe(false);
});
