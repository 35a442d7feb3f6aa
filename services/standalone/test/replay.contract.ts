import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { runCli } from "@guildhall/cli";
import { scratchFolder } from "@guildhall/testkit";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Bench, StartBench } from "./bench.ts";

/** The folder with real logs. CI sets it; there a skipped test that names it counts as failed. */
const shared = process.env["GUILDHALL_SHARED"];
const log = shared === undefined ? "" : join(shared, "data/irc/ubuntu-2018-02-27.jsonl");

/** Replays a log over all gateways of the bench. */
async function replay(bench: Bench, file: string, silent: number) {
  const folder = await scratchFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const keyFile = join(folder.path, "operator.key");
  writeFileSync(keyFile, bench.key, { mode: 0o600 });
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const words = ["replay", file, "--silent", String(silent), "--json", "--operator-key", keyFile];
  const context = {
    api: bench.server.http,
    url: bench.gateways.join(","),
    sessionFile: join(folder.path, "session.json"),
    keyFile,
    permissionSocket: join(folder.path, "permission.sock"),
    dataFolder: folder.path,
    settings: {},
    stdin: new PassThrough(),
    stdout,
    stderr,
  };
  const code = await runCli(words, context);
  return { code, printed: String(stdout.read() ?? ""), told: String(stderr.read() ?? "") };
}

/** What every composition must do: a real log is replayed without a difference. */
export function replayContract(startBench: StartBench): void {
  describe.skipIf(shared === undefined)("needs GUILDHALL_SHARED", () => {
    test("a real log is replayed: everybody has all of it, in order, and history is the log", {
      timeout: 300_000,
    }, async () => {
      expect(existsSync(log)).toBe(true);

      const { code, printed, told } = await replay(await startBench(), log, 20);

      expect({ code, told }).toEqual({ code: 0, told: expect.stringContaining("comparing with history") });
      expect(JSON.parse(printed)).toMatchObject({ ok: true });
    });
  });
}
