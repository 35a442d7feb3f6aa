import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { runCli } from "@guildhall/cli";
import type { Session } from "@guildhall/client";
import type { StandaloneBench } from "./bench.ts";

/** The command `guildhall` by somebody who is signed in: its code, and what it printed. */
export async function guildhall(bench: StandaloneBench, { u, ...session }: Session, ...words: readonly string[]) {
  const sessionFile = join(bench.path, `${u}.json`);
  writeFileSync(sessionFile, JSON.stringify({ last: "me", people: { me: { u, ...session, name: "me" } } }));
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const printed: Buffer[] = [];
  stdout.on("data", (bytes: Buffer) => printed.push(bytes));
  const code = await runCli(words, {
    api: bench.server.http,
    url: bench.server.websocket,
    sessionFile,
    keyFile: join(bench.path, "operator.key"),
    permissionSocket: join(bench.path, "permission.sock"),
    dataFolder: bench.path,
    settings: {},
    stdin: new PassThrough(),
    stdout,
    stderr,
  });
  return { code, out: Buffer.concat(printed).toString(), err: String(stderr.read() ?? "") };
}
