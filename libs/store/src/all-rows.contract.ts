import { describe, expect, test } from "vitest";
import { type AllRows, ROWS_PAGE, rowDigest, type StoredRow } from "./all-rows.ts";
import { CONTRACT_TABLES } from "./store.contract.ts";
import type { Store, Table } from "./store.ts";

function tableOf(name: string): Table {
  const table = CONTRACT_TABLES.find((one) => one.name === name);
  if (table === undefined) throw new Error(`no table ${name}`);
  return table as Table;
}

async function all(store: AllRows, table: Table): Promise<StoredRow[]> {
  const found: StoredRow[] = [];
  for await (const page of store.rows(table as Table<never>)) {
    expect(page.length).toBeLessThanOrEqual(ROWS_PAGE);
    found.push(...page);
  }
  return found;
}

/** What every store that can tell all its rows must do. `open` gives an empty one with the tables of the contract. */
export function allRowsContract(name: string, open: () => Promise<Store & AllRows>): void {
  describe(`all rows: ${name}`, () => {
    test("an empty table has none", async () => {
      await using store = await open();

      expect(await all(store, tableOf("single"))).toEqual([]);
    });

    test("each row comes once, with its key and timestamp, over many pages; deleted ones do not", async () => {
      const count = 3 * ROWS_PAGE + 7;
      await using store = await open();
      const line = (seq: number) => ({ table: "lines", key: [seq % 5, seq % 3, seq], row: { text: `t${seq}` } });
      await store.write(Array.from({ length: count }, (_, i) => ({ ...line(i), timestamp: 2 ** 40 + i })));
      await store.write([{ table: "lines", key: [0, 0, 0], row: null, timestamp: 2 ** 41 }]);
      await store.write([{ ...line(1), row: { text: "newer" }, timestamp: 2 ** 41 + 1 }]);

      const found = await all(store, tableOf("lines"));

      const bySeq = new Map(found.map((one) => [one.key[2], one]));
      expect([found.length, bySeq.size]).toEqual([count - 1, count - 1]);
      expect(bySeq.get(1)).toMatchObject({ key: [1, 1, 1], row: { text: "newer" }, timestamp: 2 ** 41 + 1 });
      expect(bySeq.get(604)).toMatchObject({ key: [4, 1, 604], row: { text: "t604" }, timestamp: 2 ** 40 + 604 });
    });

    test("what is told can be written elsewhere and has the same digest there", async () => {
      const row = {
        text: "é",
        body: new Uint8Array([0, 255]),
        pinned: true,
        counts: [1, -2],
        tags: ["a", ""],
        extra: { b: [1, { c: null }], a: "x" },
      };
      const table = tableOf("lines");
      const digest = rowDigest(table);
      await using source = await open();
      await source.write([
        { table: "lines", key: [1, 2, 3], row, timestamp: 77 },
        { table: "lines", key: [1, 2, 4], row: { text: null }, timestamp: 78 },
        { table: "lines", key: [1, 2, 5], row: { counts: [], tags: [], body: new Uint8Array() }, timestamp: 79 },
      ]);
      const told = await all(source, table);
      await using target = await open();

      await target.write(
        told.map(({ key, row: values, timestamp }) => ({ table: "lines", key, row: values, timestamp })),
      );

      const again = await all(target, table);
      const digests = (rows: readonly StoredRow[]) => rows.map((one) => digest(one).toString("hex")).sort();
      expect(digests(again)).toEqual(digests(told));
      expect(told.find(({ key }) => key[2] === 3)).toMatchObject({ row, timestamp: 77 });
      expect(told.find(({ key }) => key[2] === 5)).toMatchObject({ row: { counts: [], tags: [], text: null } });
    });

    test("a digest tells rows apart by key, value and timestamp", () => {
      const digest = rowDigest(tableOf("single"));
      const row = { key: [1], row: { value: 5 }, timestamp: 9 };

      const others = [row, { ...row, key: [2] }, { ...row, row: { value: 6 } }, { ...row, timestamp: 10 }];

      expect(new Set(others.map((one) => digest(one).toString("hex"))).size).toBe(4);
    });
  });
}
