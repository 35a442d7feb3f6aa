import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open as openLmdb } from "lmdb";
import { afterAll, expect, test } from "vitest";
import { journalContract } from "./journal.contract.ts";
import type { Journal } from "./journal.ts";
import { lmdbJournal } from "./lmdb.ts";
import { openJournalFiles } from "./lmdb-files.ts";
import { recordKey, seal } from "./sealed-record.ts";

const folders: string[] = [];
const pathOf = new WeakMap<Journal, string>();

async function newFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "journal-test-"));
  folders.push(path);
  return path;
}

async function openIn(path: string): Promise<Journal> {
  const journal = await lmdbJournal({ path, maxBytes: 2 ** 20 });
  pathOf.set(journal, path);
  return journal;
}

afterAll(async () => {
  for (const path of folders) await rm(path, { recursive: true });
});

journalContract("lmdb", async () => openIn(await newFolder()), {
  async reopen(journal) {
    await journal[Symbol.asyncDispose]();
    return openIn(pathOf.get(journal) ?? "");
  },
});

/** Changes one byte of a stored record behind the adapter's back. */
async function flipByte(path: string, position: number): Promise<void> {
  const { root, records } = await openJournalFiles(path);
  const key = recordKey(0, position);
  const stored = Buffer.from(records.getBinary(key) ?? []);
  stored[stored.length - 1] = (stored[stored.length - 1] ?? 0) ^ 1;
  await records.put(key, stored);
  await root.close();
}

async function filled(count: number): Promise<string> {
  const path = await newFolder();
  const journal = await openIn(path);
  for (let i = 0; i < count; i++) await journal.append(0, i, new Uint8Array([i, 1, 2, 3]));
  await journal[Symbol.asyncDispose]();
  return path;
}

test("a flipped byte in a record is reported with its partition and position, its neighbours are read", async () => {
  const path = await filled(3);
  await flipByte(path, 2);
  await using journal = await openIn(path);

  await expect(journal.read(0, 1, 3)).rejects.toThrow(/^INTERNAL: journal record 2 of partition 0 fails its checksum$/);
  expect(await journal.read(0, 3, 1)).toHaveLength(1);
});

test("a flipped byte in the last record is reported when the journal is opened", async () => {
  const path = await filled(3);
  await flipByte(path, 3);

  await expect(openIn(path)).rejects.toThrow(/^INTERNAL: journal record 3 of partition 0 fails its checksum$/);
});

test("a record that is gone from the middle is reported, never skipped", async () => {
  const path = await filled(3);
  const { root, records } = await openJournalFiles(path);
  await records.remove(recordKey(0, 2));
  await root.close();
  await using journal = await openIn(path);

  await expect(journal.read(0, 1, 3)).rejects.toThrow(/^INTERNAL: journal record 2 of partition 0 is missing$/);
});

test("a record in another's place fails its checksum", async () => {
  const path = await filled(3);
  const { root, records } = await openJournalFiles(path);
  await records.put(recordKey(0, 2), Buffer.from(records.getBinary(recordKey(0, 1)) ?? []));
  await root.close();
  await using journal = await openIn(path);

  await expect(journal.read(0, 2, 1)).rejects.toMatchObject({ code: "INTERNAL" });
});

test("an unknown format is refused with a sentence", async () => {
  const path = await filled(1);
  const root = openLmdb({ path, noSubdir: false, overlappingSync: false });
  await root.openDB<string, string>("meta", { encoding: "string" }).put("format", "9");
  await root.close();

  await expect(openIn(path)).rejects.toThrow(/has format 9; this version reads only format 1\.$/);
});

test("records without a format are refused", async () => {
  const path = await filled(1);
  const root = openLmdb({ path, noSubdir: false, overlappingSync: false });
  await root.openDB<string, string>("meta", { encoding: "string" }).remove("format");
  await root.close();

  await expect(openIn(path)).rejects.toThrow(/has format \(none\)/);
});

test("a folder that cannot be made is reported with its path", async () => {
  await expect(lmdbJournal({ path: "/dev/null/journal" })).rejects.toThrow(
    /^INTERNAL: The journal in \/dev\/null\/journal cannot be opened/,
  );
});

test("appends are refused before the disk is full, and what is there stays readable", async () => {
  const path = await filled(2);
  await using journal = await lmdbJournal({ path, reserveBytes: 2 ** 60 });

  await expect(journal.append(0, 2, new Uint8Array(1))).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await journal.purge(0, 2);
  expect(await journal.read(0, 2, 9)).toHaveLength(1);
});

test("appends of several partitions in one turn share a commit", async () => {
  const path = await newFolder();
  const { root } = await openJournalFiles(path);
  const commits = (): unknown => Reflect.get(root.getStats(), "lastTxnId");
  await using journal = await openIn(path);
  await journal.append(0, 0, new Uint8Array(1));
  const before = Number(commits());

  await Promise.all(Array.from({ length: 16 }, (_, partition) => journal.append(partition + 1, 0, new Uint8Array(9))));

  root.resetReadTxn();
  expect(Number(commits()) - before).toBe(1);
  await root.close();
});

test("100,000 records are open again within a second", async () => {
  const path = await newFolder();
  const { root, records } = await openJournalFiles(path);
  for (let i = 1; i <= 100_000; i++) {
    const key = recordKey(i % 16, Math.ceil(i / 16));
    void records.put(key, seal(key, new Uint8Array(20), 20 * Math.ceil(i / 16)));
  }
  await records.committed;
  await root.close();
  const start = performance.now();

  await using journal = await openIn(path);

  expect(performance.now() - start).toBeLessThan(1_000);
  expect(await journal.end(1)).toEqual({ first: 1, last: 6_250 });
  expect(journal.bytes()).toBe(2_000_000);
});
