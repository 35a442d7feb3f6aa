import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lmdbJournal, type RecordChange, rewriteRecords } from "./lmdb.ts";

const COUNT = 600;
let path: string;

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "journal-rewrite-"));
  await using journal = await lmdbJournal({ path });
  for (const partition of [0, 3]) {
    for (let i = 0; i < COUNT; i++) await journal.append(partition, i, new Uint8Array([i % 256]));
  }
  await journal.purge(3, 101);
});
afterEach(() => rm(path, { recursive: true }));

/** Doubles records of one byte that is even. */
const double: RecordChange = (data) =>
  data.length === 1 && (data[0] ?? 1) % 2 === 0 ? new Uint8Array([data[0] ?? 0, 9]) : undefined;

test("records are rewritten in their places, the size follows, and once more changes nothing", async () => {
  const rewritten = await rewriteRecords(path, double);
  expect(rewritten).toBe(COUNT / 2 + (COUNT - 100) / 2);
  expect(await rewriteRecords(path, double)).toBe(0);

  await using journal = await lmdbJournal({ path });
  expect(await journal.end(3)).toEqual({ first: 101, last: COUNT });
  const items = [...(await journal.read(0, 1, COUNT)), ...(await journal.read(3, 101, COUNT))];
  expect(items.map(({ data }) => data.length)).toEqual(items.map(({ data }) => ((data[0] ?? 0) % 2 === 0 ? 2 : 1)));
  expect(journal.bytes()).toBe(items.reduce((sum, { data }) => sum + data.length, 0));
  expect(await journal.append(3, COUNT, new Uint8Array(5))).toBe(COUNT + 1);
}, 30_000);

test("a change that fails in the middle is begun again", async () => {
  let left = 520;
  const failing: RecordChange = (data) => {
    if (--left === 0) throw new Error("the power went");
    return double(data);
  };
  await expect(rewriteRecords(path, failing)).rejects.toThrow("the power went");

  await rewriteRecords(path, double);

  await using journal = await lmdbJournal({ path });
  const items = [...(await journal.read(0, 1, COUNT)), ...(await journal.read(3, 101, COUNT))];
  expect(journal.bytes()).toBe(items.reduce((sum, { data }) => sum + data.length, 0));
  expect(items.filter(({ data }) => data.length === 2)).toHaveLength(COUNT / 2 + (COUNT - 100) / 2);
}, 30_000);
