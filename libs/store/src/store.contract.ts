import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  defineTable,
  type Key,
  type KeyPart,
  type Range,
  SCAN_MAX,
  type Store,
  type Table,
  timestampOf,
  type Write,
} from "./store.ts";

type Line = {
  group: number;
  bucket: number;
  seq: number;
  text: string | null;
  body: Uint8Array | null;
  pinned: boolean | null;
  counts: number[] | null;
  tags: string[] | null;
  extra: unknown;
};

const lines = defineTable<Line>({
  name: "lines",
  partition: ["group", "bucket"],
  clustering: ["seq"],
  descending: true,
  columns: {
    group: "int",
    bucket: "int",
    seq: "int",
    text: "text",
    body: "blob",
    pinned: "bool",
    counts: "ints",
    tags: "texts",
    extra: "json",
  },
});

type Named = { owner: string; kind: string; n: number; value: number | null };

const named = defineTable<Named>({
  name: "named",
  partition: ["owner"],
  clustering: ["kind", "n"],
  columns: { owner: "text", kind: "text", n: "int", value: "int" },
});

type Single = { id: number; value: number | null };

const single = defineTable<Single>({
  name: "single",
  partition: ["id"],
  clustering: [],
  columns: { id: "int", value: "int" },
});

/** The tables `open` must be given. */
export const CONTRACT_TABLES: readonly Table[] = [lines, named, single];

type Options = {
  /** Closes `store` and opens the same data again; left out where nothing outlives closing. */
  readonly reopen?: (store: Store) => Promise<Store>;
};

const EMPTY = { text: null, body: null, pinned: null, counts: null, tags: null, extra: null };

/** What every Store must do. `open` gives a new, empty one with CONTRACT_TABLES. */
export function storeContract(name: string, open: () => Promise<Store>, { reopen }: Options = {}): void {
  describe(`store: ${name}`, () => {
    let store: Store;

    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store[Symbol.asyncDispose]());

    const line = (seq: number, row: object | null, timestamp = 1, group = 1): Write => ({
      table: "lines",
      key: [group, 0, seq],
      row: row === null ? null : { group, bucket: 0, seq, ...row },
      timestamp,
    });
    const pair = (kind: string, n: number, value: number | null, timestamp = 1, owner = "ann"): Write => ({
      table: "named",
      key: [owner, kind, n],
      row: value === null ? null : { owner, kind, n, value },
      timestamp,
    });
    async function seqs(range: Range, group = 1): Promise<number[]> {
      return (await store.scan(lines, [group, 0], range)).map((row) => row.seq);
    }
    async function pairs(range: Range, owner = "ann"): Promise<[string, number][]> {
      return (await store.scan(named, [owner], range)).map((row) => [row.kind, row.n]);
    }

    test("a row comes back with every column, and what was never written is undefined", async () => {
      const row: Line = {
        group: 1,
        bucket: 0,
        seq: 2 ** 53 - 1,
        text: "héllo 🙂 \0",
        body: new Uint8Array([0, 255, 7]),
        pinned: true,
        counts: [-1, 0, 2 ** 53 - 1],
        tags: ["a", ""],
        extra: { deep: [1.5, null, { x: "y" }] },
      };
      await store.write([line(row.seq, row)]);

      const found = await store.get(lines, [1, 0, row.seq]);

      expect(found).toStrictEqual(row);
      expect(await store.get(lines, [1, 0, 5])).toBeUndefined();
    });

    test("absent and undefined columns read as null, key columns come from the key", async () => {
      await store.write([{ table: "lines", key: [1, 0, 3], row: { text: undefined, pinned: false }, timestamp: 1 }]);

      expect(await store.get(lines, [1, 0, 3])).toStrictEqual({ group: 1, bucket: 0, seq: 3, ...EMPTY, pinned: false });
    });

    test("what is empty is not absent", async () => {
      const empty = { text: "", body: new Uint8Array(), counts: [], tags: [], extra: {} };
      await store.write([line(4, empty), line(5, { ...empty, text: "in a batch" })]);

      const found = await store.scan(lines, [1, 0], { limit: 10 });

      expect(new Set(found.map(({ text }) => text))).toEqual(new Set(["", "in a batch"]));
      for (const row of found) expect(row).toMatchObject({ body: new Uint8Array(), counts: [], tags: [], extra: {} });
    });

    test("a put replaces the whole row", async () => {
      await store.write([line(1, { text: "a", pinned: true }, 1)]);
      await store.write([line(1, { tags: ["t"] }, 2)]);

      expect(await store.get(lines, [1, 0, 1])).toStrictEqual({ group: 1, bucket: 0, seq: 1, ...EMPTY, tags: ["t"] });
    });

    test("what was handed in or out may be changed by its holder", async () => {
      const body = new Uint8Array([1, 2, 3]);
      const tags = ["a"];
      const written = store.write([line(1, { body, tags })]);
      body.fill(9);
      tags.push("b");
      await written;
      const first = await store.get(lines, [1, 0, 1]);
      first?.body?.fill(8);
      first?.tags?.push("c");

      expect(await store.get(lines, [1, 0, 1])).toMatchObject({ body: new Uint8Array([1, 2, 3]), tags: ["a"] });
    });

    test("late writes and repeats change nothing, deletes included", async () => {
      await store.write([line(1, { text: "new" }, 5)]);
      await store.write([line(1, { text: "late" }, 4)]);
      await store.write([line(1, null, 3)]);
      await store.write([line(1, { text: "new" }, 5)]);
      expect(await store.get(lines, [1, 0, 1])).toMatchObject({ text: "new" });

      await store.write([line(1, null, 6)]);
      await store.write([line(1, { text: "late" }, 5)]);

      expect(await store.get(lines, [1, 0, 1])).toBeUndefined();
      expect(await seqs({ limit: 10 })).toEqual([]);
      await store.write([line(1, { text: "back" }, 7)]);
      expect(await store.get(lines, [1, 0, 1])).toMatchObject({ text: "back" });
    });

    test("a delete that comes before the put it follows still wins", async () => {
      await store.write([line(1, null, timestampOf(2, 1))]);
      await store.write([line(1, { text: "older" }, timestampOf(1, 2 ** 40 - 1))]);

      expect(await store.get(lines, [1, 0, 1])).toBeUndefined();
    });

    test("within a batch the newest write of a row wins, and of equal ones the last", async () => {
      await store.write([line(1, { text: "b" }, 2), line(1, { text: "a" }, 1)]);
      await store.write([line(2, { text: "a" }, 3), line(2, { text: "b" }, 3)]);

      expect(await store.get(lines, [1, 0, 1])).toMatchObject({ text: "b" });
      expect(await store.get(lines, [1, 0, 2])).toMatchObject({ text: "b" });
    });

    test("a batch of several tables is applied whole, and one with a bad write not at all", async () => {
      await store.write([
        line(1, { text: "a" }),
        pair("k", 1, 7),
        { table: "single", key: [4], row: { value: 9 }, timestamp: 1 },
      ]);
      expect(await store.get(single, [4])).toStrictEqual({ id: 4, value: 9 });

      await expect(store.write([line(2, { text: "a" }), pair("x".repeat(3_000), 1, 1)])).rejects.toMatchObject({
        code: "BAD_ARGS",
      });

      expect(await store.get(lines, [1, 0, 2])).toBeUndefined();
      await store.write([]);
    });

    test("scans are in clustering order, within from and to, from either end, up to the limit", async () => {
      const order = [-(2 ** 53) + 1, -2, 0, 1, 255, 256, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];
      await store.write([...order].reverse().map((seq) => line(seq, {})));

      expect(await seqs({ limit: 100 })).toEqual(order);
      expect(await seqs({ limit: 3 })).toEqual(order.slice(0, 3));
      expect(await seqs({ limit: 3, reverse: true })).toEqual(order.slice(-3).reverse());
      expect(await seqs({ limit: 100, from: 1, to: 256 })).toEqual([1, 255, 256]);
      expect(await seqs({ limit: 100, from: 2, to: 255 })).toEqual([255]);
      expect(await seqs({ limit: 2, to: 256, reverse: true })).toEqual([256, 255]);
      expect(await seqs({ limit: 100, from: -2, to: 1, reverse: true })).toEqual([1, 0, -2]);
      expect(await seqs({ limit: 100, from: 5, to: 4 })).toEqual([]);
    });

    test("deleted rows do not count towards the limit", async () => {
      await store.write([1, 2, 3, 4, 5].map((seq) => line(seq, seq % 2 === 0 ? null : {})));

      expect(await seqs({ limit: 2 })).toEqual([1, 3]);
      expect(await seqs({ limit: 2, reverse: true })).toEqual([5, 3]);
    });

    test("text sorts by code point, a prefix before what it begins, zero characters included", async () => {
      const kinds = [
        "",
        "\0",
        "\0\0",
        "\0a",
        "\u0001",
        "a",
        "a\0",
        "a\0b",
        "a\u0001",
        "ab",
        "b",
        "ÿ",
        "\uffff",
        "\u{1f642}",
      ];
      const long = `${"x".repeat(80)}\0y`;
      await store.write([...kinds, long].reverse().map((kind) => pair(kind, 1, 1)));

      const found = (await pairs({ limit: 100 })).map(([kind]) => kind);

      expect(found).toEqual([...kinds.slice(0, 11), long, ...kinds.slice(11)]);
      expect((await pairs({ limit: 100, from: "a", to: "ab" })).map(([kind]) => kind)).toEqual(kinds.slice(5, 10));
      expect(await store.get(named, ["ann", long, 1])).toMatchObject({ kind: long });
    });

    test("a prefix fixes leading clustering columns and nothing that merely begins like them", async () => {
      await store.write([pair("a", 2, 1), pair("a", 1, 1), pair("a\0", 1, 1), pair("ab", 1, 1), pair("", 1, 1)]);

      expect(await pairs({ prefix: ["a"], limit: 10 })).toEqual([
        ["a", 1],
        ["a", 2],
      ]);
      expect(await pairs({ prefix: ["a"], from: 2, limit: 10 })).toEqual([["a", 2]]);
      expect(await pairs({ prefix: ["a"], to: 1, reverse: true, limit: 10 })).toEqual([["a", 1]]);
      expect(await pairs({ prefix: ["a", 2], limit: 10 })).toEqual([["a", 2]]);
      expect(await pairs({ from: "a", to: "a", limit: 10 })).toEqual([
        ["a", 1],
        ["a", 2],
      ]);
    });

    test("partitions and tables do not see each other's rows", async () => {
      await store.write([line(1, {}, 1, 1), line(2, {}, 1, 2), pair("k", 1, 1, 1, "ann"), pair("k", 2, 1, 1, "anna")]);

      expect(await seqs({ limit: 10 }, 1)).toEqual([1]);
      expect(await seqs({ limit: 10, reverse: true }, 2)).toEqual([2]);
      expect(await pairs({ limit: 10 }, "ann")).toEqual([["k", 1]]);
      expect(await pairs({ limit: 10, reverse: true }, "anna")).toEqual([["k", 2]]);
      expect(await store.get(single, [1])).toBeUndefined();
    });

    test("partition keys come a page at a time, each once, and not where every row is deleted", async () => {
      const groups = [-3, 0, 1, 2, 255, 256, 2 ** 53 - 1];
      await store.write([...groups, 7].flatMap((group) => [line(1, {}, 1, group), line(2, {}, 1, group)]));
      await store.write([line(1, null, 2, 7), line(2, null, 2, 7), line(1, null, 2, 256), pair("k", 1, 1)]);

      const found: Key[] = [];
      for (let page: Key[] = []; ; found.push(...page)) {
        page = await store.partitionKeys(lines, found.at(-1), 3);
        if (page.length === 0) break;
      }

      expect(found.toSorted(([a = 0], [b = 0]) => Number(a) - Number(b))).toEqual(groups.map((group) => [group, 0]));
      expect(await store.partitionKeys(named, undefined, 10)).toEqual([["ann"]]);
      expect(await store.partitionKeys(single, undefined, 10)).toEqual([]);
      await expect(store.partitionKeys(lines, undefined, SCAN_MAX + 1)).rejects.toMatchObject({ code: "BAD_ARGS" });
    });

    test("a table without clustering columns scans its one row", async () => {
      await store.write([{ table: "single", key: [4], row: { value: 9 }, timestamp: 1 }]);

      expect(await store.scan(single, [4], { limit: 5 })).toStrictEqual([{ id: 4, value: 9 }]);
      await expect(store.scan(single, [4], { limit: 5, from: 1 })).rejects.toThrow("too many key parts");
    });

    test.each([0, -1, 1.5, SCAN_MAX + 1, Number.NaN])("a scan's limit of %d is BAD_ARGS", async (limit) => {
      await expect(store.scan(lines, [1, 0], { limit })).rejects.toMatchObject({ code: "BAD_ARGS" });
    });

    test("the largest limit and the longest key are taken", async () => {
      const owner = "o".repeat(1_978 - 2 - 2 - 8);
      await store.write([pair("", 1, 1, 1, owner)]);

      expect(await pairs({ limit: SCAN_MAX }, owner)).toEqual([["", 1]]);
      await expect(store.get(named, [`${owner}o`, "", 1])).rejects.toMatchObject({ code: "BAD_ARGS" });
      await expect(store.get(named, ["ann", "é".repeat(1_000), 1])).rejects.toMatchObject({ code: "BAD_ARGS" });
      await expect(store.get(named, ["ann", "half \ud800", 1])).rejects.toMatchObject({ code: "BAD_ARGS" });
    });

    const wrong: [string, Write][] = [
      ["an unknown table", { table: "nowhere", key: [1], row: null, timestamp: 1 }],
      ["a key with a part missing", { table: "lines", key: [1, 0], row: null, timestamp: 1 }],
      ["a key with a part too many", { table: "single", key: [1, 0], row: null, timestamp: 1 }],
      ["text where an int belongs in the key", { table: "single", key: ["1"], row: null, timestamp: 1 }],
      ["a fraction in the key", { table: "single", key: [1.5], row: null, timestamp: 1 }],
      ["an int where text belongs in the key", { table: "named", key: [1, "a", 1], row: null, timestamp: 1 }],
      ["an unknown column", { table: "single", key: [1], row: { other: 1 }, timestamp: 1 }],
      ["a column of the wrong type", { table: "single", key: [1], row: { value: "1" }, timestamp: 1 }],
      ["a key column that differs from the key", { table: "single", key: [1], row: { id: 2 }, timestamp: 1 }],
      ["a timestamp that is no whole number", { table: "single", key: [1], row: {}, timestamp: 0.5 }],
    ];
    test.each(wrong)("%s is a mistake of the caller's, not an expected failure", async (_, write) => {
      const failure = await store.write([write]).catch((error: unknown) => error);

      expect(failure).toMatchObject({ name: "Error" });
    });

    test("writes made without waiting are all there", async () => {
      const batches = Array.from({ length: 20 }, (_, i) => [line(i, { text: `${i}` }), line(i + 100, {})]);

      await Promise.all(batches.map((batch) => store.write(batch)));

      expect(await seqs({ limit: SCAN_MAX })).toHaveLength(40);
    });

    test("after closing everything is UNAVAILABLE, and closing again does nothing", async () => {
      await store[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();

      await expect(store.get(single, [1])).rejects.toMatchObject({ code: "UNAVAILABLE" });
      await expect(store.scan(single, [1], { limit: 1 })).rejects.toMatchObject({ code: "UNAVAILABLE" });
      await expect(store.write([line(1, {})])).rejects.toMatchObject({ code: "UNAVAILABLE" });
      await expect(store.flush()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    });

    test("flush resolves before and after writes, and while one is on its way", async () => {
      await store.flush();
      await store.write([line(1, {})]);
      await store.flush();
      const writing = store.write([line(2, {})]);
      await store.flush();
      await writing;

      expect(await seqs({ limit: 5 })).toEqual([1, 2]);
    });

    test.skipIf(reopen === undefined)("reopening keeps rows and the timestamps of deleted ones", async () => {
      await store.write([line(1, { text: "a" }, 5), line(2, null, 5), pair("k", 1, 1)]);

      store = (await reopen?.(store)) ?? store;
      await store.write([line(1, { text: "late" }, 4), line(2, { text: "late" }, 4)]);

      expect(await store.scan(lines, [1, 0], { limit: 5 })).toMatchObject([{ seq: 1, text: "a" }]);
      expect(await pairs({ limit: 5 })).toEqual([["k", 1]]);
    });

    test("whatever the order and the batches, writes end as the newest of each row", async () => {
      const write = fc.record({
        n: fc.integer({ min: -2, max: 2 }),
        kind: fc.constantFrom<KeyPart>("a", "b\0", ""),
        put: fc.boolean(),
      });
      const batches = fc.array(write, { minLength: 1, maxLength: 40 }).chain((writes) =>
        fc.tuple(
          fc.shuffledSubarray(
            writes.map((item, i) => ({ ...item, timestamp: i + 1 })),
            { minLength: writes.length },
          ),
          fc.integer({ min: 1, max: 7 }),
          fc.nat(writes.length - 1),
        ),
      );
      await fc.assert(
        fc.asyncProperty(batches, async ([writes, size, repeated]) => {
          const owner = crypto.randomUUID();
          const all = [...writes, ...writes.slice(0, repeated)];
          const newest = new Map<string, (typeof writes)[number]>();
          for (const item of all) {
            const id = JSON.stringify([item.kind, item.n]);
            if ((newest.get(id)?.timestamp ?? 0) < item.timestamp) newest.set(id, item);
          }
          for (let i = 0; i < all.length; i += size) {
            await store.write(
              all
                .slice(i, i + size)
                .map((item) =>
                  pair(String(item.kind), item.n, item.put ? item.timestamp : null, item.timestamp, owner),
                ),
            );
          }

          const found = await store.scan(named, [owner], { limit: SCAN_MAX });

          const expected = [...newest.values()].filter((item) => item.put);
          expected.sort((a, b) => (a.kind === b.kind ? a.n - b.n : a.kind < b.kind ? -1 : 1));
          expect(found).toEqual(expected.map(({ kind, n, timestamp }) => ({ owner, kind, n, value: timestamp })));
        }),
        { numRuns: 60 },
      );
    });

    test("keys of any ints and texts scan in order from both ends", async () => {
      const part = fc.tuple(fc.string({ unit: "binary", maxLength: 6 }), fc.maxSafeInteger());
      await fc.assert(
        fc.asyncProperty(
          fc.uniqueArray(part, { maxLength: 20, selector: (key) => JSON.stringify(key) }),
          async (keys) => {
            const owner = crypto.randomUUID();
            await store.write(keys.map(([kind, n]) => pair(kind, n, 1, 1, owner)));
            const sorted = [...keys].sort(([a, m], [b, n]) => Buffer.compare(Buffer.from(a), Buffer.from(b)) || m - n);

            expect(await pairs({ limit: SCAN_MAX }, owner)).toEqual(sorted);
            expect(await pairs({ limit: SCAN_MAX, reverse: true }, owner)).toEqual(sorted.reverse());
          },
        ),
        { numRuns: 60 },
      );
    });
  });
}
