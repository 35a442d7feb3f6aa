import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { runCli } from "@guildhall/cli";
import { describe, expect, test } from "vitest";
import { startBench } from "./bench.ts";

/** The folder with real logs. CI sets it; there a skipped test that names it counts as failed. */
const shared = process.env["GUILDHALL_SHARED"];
const log = shared === undefined ? "" : join(shared, "data/irc/ubuntu-2018-02-27.jsonl");

async function replay(file: string, silent: number): Promise<{ code: number; printed: string }> {
  const bench = await startBench();
  const keyFile = join(bench.path, "operator.key");
  writeFileSync(keyFile, bench.key, { mode: 0o600 });
  const stdout = new PassThrough();
  const words = ["replay", file, "--silent", String(silent), "--json", "--operator-key", keyFile];
  const context = {
    api: bench.server.http,
    url: bench.server.websocket,
    sessionFile: join(bench.path, "session.json"),
    keyFile,
    permissionSocket: join(bench.path, "permission.sock"),
    dataFolder: bench.path,
    settings: {},
    stdin: new PassThrough(),
    stdout,
    stderr: new PassThrough().resume(),
  };
  const code = await runCli(words, context);
  return { code, printed: String(stdout.read() ?? "") };
}

describe.skipIf(shared === undefined)("needs GUILDHALL_SHARED", () => {
  test("a real log is replayed: everybody has all of it, in order, and history is the log", {
    timeout: 300_000,
  }, async () => {
    expect(existsSync(log)).toBe(true);

    const { code, printed } = await replay(log, 20);

    expect(JSON.parse(printed)).toMatchObject({ ok: true });
    expect(code).toBe(0);
  });
});
