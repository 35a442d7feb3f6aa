import { execFile } from "node:child_process";
import { mkdir, open, rm, statfs } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { sleep } from "@guildhall/kernel";
import type { Standalone } from "../../processes/standalone.ts";
import { readsAs, say, type Talk, talkIn } from "./group-of-texts.ts";
import type { Checked, Room } from "./room.ts";

const MIB = 1024 * 1024;
const DISK_MIB = 96;
/** Less than the server leaves free, and more than it writes before it looks again. */
const SCARCE_BYTES = 32 * MIB;
const CHUNK_BYTES = MIB / 16;
/** The server looks at its disk once a second, and takes a partition again some tenths of a second after a refusal. */
const NOTICED_MAX_MS = 20_000;
const TRY_EVERY_MS = 200;
const SENDS_WHEN_FULL = 5;

const run = promisify(execFile);

/**
 * A disk of its own on which something else takes all there is: sends are refused, pages are read on, and with room
 * again everything goes on. Needs the right to mount.
 */
export async function fullDisk({ data, start }: Room): Promise<Checked> {
  const disk = `${data}-disk`;
  await mkdir(disk, { recursive: true });
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${DISK_MIB}m`, "guildhall-faults", disk]);
  } catch (error) {
    return { acknowledged: 0, violations: [], skipped: `no disk can be mounted: ${String(error).split("\n")[0]}` };
  }
  try {
    return await fillUnder(disk, start);
  } finally {
    await run("umount", ["--lazy", disk]);
  }
}

async function fillUnder(disk: string, start: Room["start"]): Promise<Checked> {
  const data = join(disk, "data");
  const filler = join(disk, "filler");
  await using server = await start(data);
  let ending = "";
  void server.ended.then(({ code, signal, output }) => {
    ending = `it ended with ${signal ?? `code ${code}`}: ${output}`;
  });
  let talk = await talkIn(server, ["before"]);
  await fill(filler, SCARCE_BYTES);
  talk = await sayUntil(server, talk, "err");
  const violations: string[] = [];
  if (codeOf(talk) !== "UNAVAILABLE")
    violations.push(`with little room a text is answered ${JSON.stringify(talk.last)}`);
  await fill(filler, 0);
  for (let i = 0; i < SENDS_WHEN_FULL; i++) {
    talk = await say(server, talk, `full ${i}`);
    if (codeOf(talk) !== "UNAVAILABLE") violations.push(`without room a text is answered ${JSON.stringify(talk.last)}`);
  }
  violations.push(...(await readsAs(server, talk)));
  await rm(filler);
  talk = await sayUntil(server, talk, "ok");
  if (talk.last.kind !== "ok") violations.push(`with room again a text is answered ${JSON.stringify(talk.last)}`);
  violations.push(...(await readsAs(server, talk)));
  if (ending !== "") violations.push(ending);
  await server.end("SIGKILL");
  await using second = await start(data);
  violations.push(...(await readsAs(second, talk)));
  return { acknowledged: talk.said.length, violations };
}

function codeOf({ last }: Talk): string {
  return last.kind === "err" ? last.code : last.kind;
}

/** Says something again and again until it is answered so, or for NOTICED_MAX_MS. */
async function sayUntil(server: Standalone, before: Talk, kind: "ok" | "err"): Promise<Talk> {
  let talk = before;
  for (let waitedMs = 0; waitedMs < NOTICED_MAX_MS; waitedMs += TRY_EVERY_MS) {
    talk = await say(server, talk, `until ${kind} ${waitedMs}`);
    if (talk.last.kind === kind) break;
    await sleep(TRY_EVERY_MS);
  }
  return talk;
}

/** Writes to `path` until `leaveBytes` are free. */
async function fill(path: string, leaveBytes: number): Promise<void> {
  await using file = await open(path, "a");
  const chunk = Buffer.alloc(CHUNK_BYTES, 1);
  for (;;) {
    const { bavail, bsize } = await statfs(path);
    const room = bavail * bsize - leaveBytes;
    if (room <= 0) return;
    try {
      await file.write(chunk, 0, Math.min(room, chunk.length));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOSPC") return;
      throw error;
    }
  }
}
