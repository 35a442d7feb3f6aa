import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { open as openLmdb } from "lmdb";
import { afterAll, expect, test } from "vitest";
import { allRowsContract } from "./all-rows.contract.ts";
import { lmdbStore } from "./lmdb.ts";
import { openStoreFiles } from "./lmdb-files.ts";
import { CONTRACT_TABLES, storeContract } from "./store.contract.ts";
import { defineTable, type Store } from "./store.ts";

const folders: string[] = [];
const pathOf = new WeakMap<Store, string>();

async function newFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "store-test-"));
  folders.push(path);
  return path;
}

async function openIn(path: string) {
  const store = await lmdbStore({ path, tables: CONTRACT_TABLES });
  pathOf.set(store, path);
  return store;
}

afterAll(async () => {
  for (const path of folders) await rm(path, { recursive: true });
});

storeContract("lmdb", async () => openIn(await newFolder()), {
  async reopen(store) {
    await store[Symbol.asyncDispose]();
    return openIn(pathOf.get(store) ?? "");
  },
});

allRowsContract("lmdb", async () => openIn(await newFolder()));

type Row = { id: number; value: number | null; later?: string | null };
const before = defineTable<Row>({
  name: "t",
  partition: ["id"],
  clustering: [],
  columns: { id: "int", value: "int", later: "text" },
});
const { later: _, ...columns } = before.columns;

async function withRows(count: number): Promise<string> {
  const path = await newFolder();
  const store = await lmdbStore({ path, tables: [{ ...before, columns }] });
  await store.write(
    Array.from({ length: count }, (_item, i) => ({ table: "t", key: [i], row: { value: i }, timestamp: 5 })),
  );
  await store[Symbol.asyncDispose]();
  return path;
}

/** Changes one byte of the first stored row behind the adapter's back. */
async function flipByte(path: string): Promise<void> {
  const { root, rows } = await openStoreFiles(path, ["t"]);
  const table = rows.get("t");
  const [key] = table?.getKeys({ limit: 1 }) ?? [];
  if (table === undefined || key === undefined) throw new Error("there is no row");
  const stored = Buffer.from(table.getBinary(key) ?? []);
  stored[8] = (stored[8] ?? 0) ^ 64;
  await table.put(key, stored);
  await root.close();
}

test("a column declared after a row was stored reads as null", async () => {
  const path = await withRows(1);
  await using store = await lmdbStore({ path, tables: [before] });

  expect(await store.get(before, [0])).toStrictEqual({ id: 0, value: 0, later: null });
});

test("a flipped byte is reported on reading, scanning and writing, and a batch with such a row changes nothing", async () => {
  const path = await withRows(2);
  await flipByte(path);
  await using store = await lmdbStore({ path, tables: [before] });

  await expect(store.get(before, [0])).rejects.toThrow(
    /^INTERNAL: table t: the row under key 80{15} fails its checksum$/,
  );
  await expect(store.scan(before, [0], { limit: 5 })).rejects.toMatchObject({ code: "INTERNAL" });
  const writes = [1, 0].map((id) => ({ table: "t", key: [id], row: { value: 9 }, timestamp: 9 }));
  await expect(store.write(writes)).rejects.toMatchObject({ code: "INTERNAL" });
  expect(await store.get(before, [1])).toMatchObject({ value: 1 });
});

test("an unknown format is refused with a sentence, rows without one too", async () => {
  const path = await withRows(1);
  const root = openLmdb({ path, noSubdir: false, overlappingSync: true });
  const meta = root.openDB<string, string>("meta", { encoding: "string" });
  await meta.put("format", "9");
  await expect(openIn(path)).rejects.toThrow(/has format 9; this version reads only format 1\.$/);
  await meta.remove("format");
  await expect(openIn(path)).rejects.toThrow(/has format \(none\)/);
  await root.close();
});

test("a row larger than a page comes back whole", async () => {
  await using store = await openIn(await newFolder());
  const body = randomBytes(300_000);
  await store.write([{ table: "lines", key: [1, 0, 1], row: { body }, timestamp: 1 }]);

  const [row] = await store.scan<{ body?: Uint8Array }>(
    { name: "lines", partition: [], clustering: [], columns: { body: "blob" } },
    [1, 0],
    { limit: 1 },
  );

  expect(Buffer.compare(row?.body ?? new Uint8Array(), body)).toBe(0);
});
