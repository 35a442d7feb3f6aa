import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ScratchFolder, scratchFolder } from "../scratch-folder.ts";
import { hashOf } from "./content-hash.ts";
import { readHistories } from "./read-histories.ts";
import type { HistoryRecord } from "./record.ts";
import { openRecorder } from "./recorder.ts";

let folder: ScratchFolder;
let files = 0;
beforeAll(async () => {
  folder = await scratchFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());

const newPath = () => join(folder.path, `${++files}.jsonl`);

async function recordsOf(...paths: string[]): Promise<HistoryRecord[]> {
  const records: HistoryRecord[] = [];
  for await (const record of readHistories(paths)) records.push(record);
  return records;
}

test("records are read as they were written, with times that never go back", async () => {
  const path = newPath();
  const times = [5, 9, 7];
  const recorder = openRecorder({ path, proc: "p1", nowNs: () => times.shift() ?? 0 });

  for (const fault of ["a", "b", "c"]) recorder.record({ op: "fault_on", fault });
  await recorder[Symbol.asyncDispose]();

  expect(await recordsOf(path)).toEqual([
    { t: 5, proc: "p1", op: "fault_on", fault: "a" },
    { t: 9, proc: "p1", op: "fault_on", fault: "b" },
    { t: 9, proc: "p1", op: "fault_on", fault: "c" },
  ]);
});

test("nothing waits beyond the bound, and a flush writes the rest", async () => {
  const path = newPath();
  await using recorder = openRecorder({ path, proc: "p1" });
  const large = "x".repeat(10_000);
  for (let i = 0; i < 30; i++) recorder.record({ op: "fault_on", fault: large });

  const written = (await readFile(path, "utf8")).split("\n").length - 1;
  recorder.record({ op: "fault_off", fault: "last" });
  recorder.flush();

  expect(written).toBeGreaterThanOrEqual(26);
  expect((await recordsOf(path)).at(-1)).toMatchObject({ op: "fault_off", fault: "last" });
});

test("a file that is there already is left alone, and a closed recorder takes nothing", async () => {
  const path = newPath();
  await writeFile(path, "old");
  expect(() => openRecorder({ path, proc: "p1" })).toThrow(/EEXIST/);

  const closed = openRecorder({ path: newPath(), proc: "p1" });
  await closed[Symbol.asyncDispose]();
  expect(() => closed.record({ op: "fault_on", fault: "late" })).toThrow(/is closed/);
});

test("the records of several processes come in the order of their times", async () => {
  const paths = await Promise.all(
    [1, 2, 3].map(async (first) => {
      const path = newPath();
      let t = first - 3;
      const recorder = openRecorder({
        path,
        proc: `p${first}`,
        nowNs: () => {
          t += 3;
          return t;
        },
      });
      for (let i = 0; i < 50; i++) recorder.record({ op: "fault_on", fault: String(i) });
      await recorder[Symbol.asyncDispose]();
      return path;
    }),
  );

  const records = await recordsOf(...paths);

  expect(records.map(({ t }) => t)).toEqual(Array.from({ length: 150 }, (_, i) => i + 1));
});

test("an unfinished last line is left out; a bad line, or a time that goes back, is an error", async () => {
  const good = (t: number) => `{"t":${t},"proc":"p","op":"fault_on","fault":"x"}\n`;
  const [torn, bad, back] = [newPath(), newPath(), newPath()];
  await writeFile(torn, `${good(1)}${good(2).slice(0, 20)}`);
  await writeFile(bad, `${good(1)}{"t":2,"op":"nothing"}\n${good(3)}`);
  await writeFile(back, `${good(2)}${good(1)}`);

  expect(await recordsOf(torn)).toHaveLength(1);
  await expect(recordsOf(bad)).rejects.toThrow(/:2: \{"t":2,"op":"nothing"\}/);
  await expect(recordsOf(back)).rejects.toThrow(/:2: time goes back/);
});

test("a hash is that of what members see, whatever else comes with it", () => {
  const sent = hashOf({ k: "text", b: { t: "hello" } });

  expect(hashOf({ k: "text", b: { t: "hello" }, re: 0, mn: null })).toBe(sent);
  expect(hashOf({ k: "action", b: { t: "hello" } })).not.toBe(sent);
  expect(hashOf({ k: "text", b: { t: "hello" }, re: 1 })).not.toBe(sent);
});
