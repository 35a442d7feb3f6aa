import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lmdbStore, type RowValues, rewriteRows } from "./lmdb.ts";
import { defineTable } from "./table.ts";

type Old = { readonly id: number; readonly name: string };
type New = Old & { readonly size: number };
const OLD = defineTable<Old>({ name: "t", partition: ["id"], clustering: [], columns: { id: "int", name: "text" } });
const NEW = defineTable<New>({
  name: "t",
  partition: ["id"],
  clustering: [],
  columns: { id: "int", size: "int", name: "text" },
});
const COUNT = 1_100;
const GONE = 7;
let path: string;

beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), "store-rewrite-"));
  await using store = await lmdbStore({ path, tables: [OLD as never] });
  const rows = Array.from({ length: COUNT }, (_, id) => ({ id, name: `row ${id}` }));
  await store.write(
    rows.map((row) => ({ table: "t", key: [row.id], row: row.id === GONE ? null : row, timestamp: 5 })),
  );
});
afterEach(() => rm(path, { recursive: true }));

const widen = ([id, name, ...more]: RowValues): RowValues | undefined =>
  more.length === 0 ? [id, 3, name] : undefined;

test("every row gets its column, a deleted one stays so, and once more changes nothing", async () => {
  expect(await rewriteRows(path, "t", widen)).toBe(COUNT - 1);
  expect(await rewriteRows(path, "t", widen)).toBe(0);

  await using store = await lmdbStore({ path, tables: [NEW as never] });
  for (const id of [0, 1, 500, 501, COUNT - 1]) {
    expect(await store.get(NEW, [id])).toEqual({ id, size: 3, name: `row ${id}` });
  }
  expect(await store.get(NEW, [GONE])).toBeUndefined();
});

test("a rewritten row keeps its timestamp: an older write does not replace it", async () => {
  await rewriteRows(path, "t", widen);
  await using store = await lmdbStore({ path, tables: [NEW as never] });

  await store.write([{ table: "t", key: [1], row: { id: 1, size: 0, name: "older" }, timestamp: 4 }]);

  expect(await store.get(NEW, [1])).toMatchObject({ name: "row 1" });
});
