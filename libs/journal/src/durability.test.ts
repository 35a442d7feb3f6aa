import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Seeded } from "@guildhall/kernel/seeded";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** Appends three times to two partitions and says so on stdout, one line before and one after. */
const PROGRAM = `
  import { writeSync } from "node:fs";
  import { lmdbJournal } from ${JSON.stringify(new URL("lmdb.ts", import.meta.url).href)};
  const say = (text) => writeSync(1, text + "\\n");
  const journal = await lmdbJournal({ path: process.argv[1], onBroken: () => say("broken") });
  for (let i = 0; i < 3; i++) {
    say("append");
    const end = await journal.end(0).catch(() => ({ last: 0 }));
    const results = await Promise.allSettled([0, 1].map((p) => journal.append(p, end.last, new Uint8Array(99))));
    say(results.map((result) => result.value ?? result.reason.code).join(" "));
  }
  await journal[Symbol.asyncDispose]();
  say("closed");
`;

const CALLS = "trace=openat,write,writev,pwrite64,fdatasync";
const canTrace = spawnSync("strace", ["-f", "-o", "/dev/null", "true"]).status === 0;

describe.skipIf(!canTrace)("under a trace of system calls", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "journal-trace-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Runs the program in one worker thread, so that the n-th call of a kind is always the same one. */
  function run(
    name: string,
    calls: string,
    { inject = [], fault }: { readonly inject?: readonly string[]; readonly fault?: Seeded } = {},
  ): { said: string[]; traced: string[] } {
    const trace = join(folder, `${name}.trace`);
    const conditions = ["--conditions=source", ...(fault === undefined ? [] : ["--conditions=seeded"])];
    const node = [process.execPath, ...conditions, "--import", "tsx", "--input-type=module", "-e", PROGRAM];
    const result = spawnSync("strace", ["-f", "-y", "-e", calls, ...inject, "-o", trace, ...node, join(folder, name)], {
      encoding: "utf8",
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      env: { ...process.env, UV_THREADPOOL_SIZE: "1", GUILDHALL_SEEDED: fault ?? "" },
    });
    return { said: result.stdout.trim().split("\n"), traced: readFileSync(trace, "utf8").split("\n") };
  }

  /** What happened in order: an append, its answer, a sync of pages, a write of the page that points to them. */
  function stepsOf(traced: readonly string[]): string[] {
    const syncing = /openat\(.*data\.mdb", O_WRONLY\|O_DSYNC\S*\) = (\d+)/.exec(traced.join("\n"))?.[1];
    return traced.flatMap((line) => {
      if (line.includes('"append\\n"')) return ["append"];
      if (/"\d \d\\n"/.test(line)) return ["answer"];
      if (!line.includes("data.mdb")) return [];
      if (line.includes("fdatasync(")) return ["sync"];
      return line.includes(`pwrite64(${syncing}<`) ? ["point"] : [];
    });
  }

  test("every append is answered after its pages are synced and the page that points to them is written through", () => {
    const { said, traced } = run("order", CALLS);
    const steps = stepsOf(traced);

    expect(said).toEqual(["append", "1 1", "append", "2 2", "append", "3 3", "closed"]);
    const appends = steps.slice(steps.indexOf("append"));
    expect(appends).toEqual(Array(3).fill(["append", "sync", "point", "answer"]).flat());
  });

  test("an answer before its sync shows in the trace: the fault that is built in on purpose is found", () => {
    const { said, traced } = run("early", CALLS, { fault: "ack-before-sync" });
    const steps = stepsOf(traced);

    expect(said.slice(0, 2)).toEqual(["append", "1 1"]);
    expect(steps.slice(steps.indexOf("append"), steps.indexOf("answer") + 1)).not.toContain("point");
  });

  test("a failed sync leaves the outcome unknown, and nothing is taken from then on", () => {
    // The worker's first sync is the format's, the second the first append's.
    const { said } = run("eio", "trace=fdatasync", { inject: ["-e", "inject=fdatasync:error=EIO:when=3"] });

    const first = ["append", "1 1"];
    const second = ["append", "broken", "OUTCOME_UNKNOWN OUTCOME_UNKNOWN"];
    expect(said).toEqual([...first, ...second, "append", "UNAVAILABLE UNAVAILABLE", "closed"]);
  });

  test("a write without room changes nothing, and the next append succeeds at the same position", () => {
    const { said } = run("full", "trace=fdatasync", { inject: ["-e", "inject=fdatasync:error=ENOSPC:when=3"] });

    expect(said).toEqual(["append", "1 1", "append", "UNAVAILABLE UNAVAILABLE", "append", "2 2", "closed"]);
  });
});
