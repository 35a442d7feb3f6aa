import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** Writes and flushes three times, and says on stdout how each went. */
const PROGRAM = `
  import { writeSync } from "node:fs";
  import { lmdbStore } from ${JSON.stringify(new URL("lmdb.ts", import.meta.url).href)};
  const say = (text) => writeSync(1, text + "\\n");
  const table = { name: "t", partition: ["id"], clustering: [], columns: { id: "int", value: "int" } };
  const store = await lmdbStore({ path: process.argv[1], tables: [table], onBroken: () => say("broken") });
  for (let id = 1; id <= 3; id++) {
    await store.write([{ table: "t", key: [id], row: { value: id }, timestamp: id }]).then(
      () => say("written"), (error) => say("write " + error.code));
    await store.flush().then(() => say("flushed"), (error) => say("flush " + error.code));
  }
  say(String((await store.get(table, [3]).catch((error) => ({ value: error.code })))?.value));
  await store[Symbol.asyncDispose]();
  say("closed");
`;

const canTrace = spawnSync("strace", ["-f", "-o", "/dev/null", "true"]).status === 0;

describe.skipIf(!canTrace)("under a trace of system calls", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "store-trace-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Runs the program in one worker thread, so that the n-th call of a kind is always the same one. */
  function run(name: string, ...options: readonly string[]): { said: string[]; traced: string[] } {
    const trace = join(folder, `${name}.trace`);
    const node = [process.execPath, "--conditions=source", "--import", "tsx", "--input-type=module", "-e", PROGRAM];
    const result = spawnSync("strace", ["-f", "-y", ...options, "-o", trace, ...node, join(folder, name)], {
      encoding: "utf8",
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      env: { ...process.env, UV_THREADPOOL_SIZE: "1" },
    });
    return { said: result.stdout.trim().split("\n"), traced: readFileSync(trace, "utf8").split("\n") };
  }

  test("between a write's answer and its flush's the file is synced", () => {
    const { said, traced } = run("order", "-e", "trace=write,fdatasync");

    const steps = traced.flatMap((line) => /"(written|flushed)\\n"|(fdatasync)\(/.exec(line)?.slice(1, 3) ?? []);

    expect(said).toEqual([...Array(3).fill(["written", "flushed"]).flat(), "3", "closed"]);
    const text = steps.filter((step) => step !== undefined).join(" ");
    expect(text.match(/written (fdatasync )+flushed/g)).toHaveLength(3);
  });

  test("a write without room changes nothing and may be repeated, a flush with it", () => {
    const data = join(folder, "full", "data.mdb");
    const { said } = run("full", "-e", "trace=writev", "-P", data, "-e", "inject=writev:error=ENOSPC:when=2..3");

    expect(said.filter((line) => line.endsWith("UNAVAILABLE"))).toHaveLength(2);
    expect(said.slice(-3)).toEqual(["flushed", "3", "closed"]);
  });

  test("a disk that stays full does not keep the store from closing", () => {
    const data = join(folder, "stuck", "data.mdb");
    const { said } = run("stuck", "-e", "trace=writev", "-P", data, "-e", "inject=writev:error=ENOSPC:when=4+");

    expect(said).toContain("flush UNAVAILABLE");
    expect(said.at(-1)).toBe("closed");
  });

  /** The worker's calls that write to the environment's file, in order, and whether they write through to the disk. */
  function writesOf(traced: readonly string[]): boolean[] {
    const through = /openat\(.*data\.mdb", O_WRONLY\|O_DSYNC\S*\) = (\d+)/.exec(traced.join("\n"))?.[1];
    const writes = traced.filter((line) => line.includes("pwrite64("));
    const worker = writes.at(-1)?.split(" ")[0] ?? "";
    return writes.filter((line) => line.startsWith(worker)).map((line) => line.includes(`pwrite64(${through}<`));
  }

  test("a page that cannot be written after the answer is reported once, and does not keep the store from closing", () => {
    const data = join(folder, "late", "data.mdb");
    const writes = writesOf(run("early", "-e", "trace=openat,pwrite64").traced);
    const last = writes.lastIndexOf(true, -3) + 1;

    const { said } = run("late", "-e", "trace=pwrite64", "-P", data, "-e", `inject=pwrite64:error=ENOSPC:when=${last}`);

    expect(last).toBeGreaterThan(0);
    expect(said.filter((line) => line === "broken")).toHaveLength(1);
    expect(said).toContain("flush UNAVAILABLE");
    expect(said.slice(-2)).toEqual(["UNAVAILABLE", "closed"]);
  });

  test("a failed sync is reported once, and nothing is taken from then on", () => {
    const { said } = run("eio", "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=4+");

    expect(said.filter((line) => line === "broken")).toHaveLength(1);
    expect(said.slice(-3)).toEqual(["flush UNAVAILABLE", "UNAVAILABLE", "closed"]);
  });
});
