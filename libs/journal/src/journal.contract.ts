import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Journal } from "./journal.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array): string => new TextDecoder().decode(data);

type Options = {
  /** Closes `journal` and opens the same data again; left out where nothing outlives closing. */
  readonly reopen?: (journal: Journal) => Promise<Journal>;
};

/** What every Journal must do. `open` gives a new, empty one that keeps at most 1 MiB. */
export function journalContract(name: string, open: () => Promise<Journal>, { reopen }: Options = {}): void {
  describe(`journal: ${name}`, () => {
    let journal: Journal;

    beforeEach(async () => {
      journal = await open();
    });
    afterEach(() => journal[Symbol.asyncDispose]());

    async function fill(partition: number, count: number): Promise<void> {
      for (let i = 0; i < count; i++) await journal.append(partition, i, bytes(`r${i + 1}`));
    }
    async function texts(partition: number, from: number, limit = 100): Promise<[number, string][]> {
      return (await journal.read(partition, from, limit)).map((item) => [item.position, text(item.data)]);
    }

    test("an empty partition begins at 1 and ends at 0", async () => {
      expect(await journal.end(3)).toEqual({ first: 1, last: 0 });
      expect(await journal.read(3, 1, 10)).toEqual([]);
      expect(journal.bytes()).toBe(0);
    });

    test("positions run from 1 without holes, each partition its own", async () => {
      expect(await journal.append(0, 0, bytes("a"))).toBe(1);
      expect(await journal.append(0, 1, bytes("b"))).toBe(2);
      expect(await journal.append(7, 0, bytes("c"))).toBe(1);

      expect(await texts(0, 1)).toEqual([
        [1, "a"],
        [2, "b"],
      ]);
      expect(await texts(7, 1)).toEqual([[1, "c"]]);
      expect(await journal.end(0)).toEqual({ first: 1, last: 2 });
    });

    test.each([0, 2, 4, 99, -1])(
      "an append that expects %i where 3 is the end is a conflict and keeps nothing",
      async (expected) => {
        await fill(0, 3);

        await expect(journal.append(0, expected, bytes("x"))).rejects.toMatchObject({ code: "CONFLICT" });

        expect(await journal.end(0)).toEqual({ first: 1, last: 3 });
        expect(await journal.append(0, 3, bytes("r4"))).toBe(4);
      },
    );

    test("of two appends at one position exactly one succeeds", async () => {
      const results = await Promise.allSettled([journal.append(0, 0, bytes("a")), journal.append(0, 0, bytes("b"))]);

      expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected"]);
      expect(results[1]).toMatchObject({ reason: { code: "CONFLICT" } });
      expect(await texts(0, 1)).toEqual([[1, "a"]]);
    });

    test("several partitions may be appended in one turn", async () => {
      const positions = await Promise.all(
        [0, 1, 2, 3].map((partition) => journal.append(partition, 0, bytes(`p${partition}`))),
      );

      expect(positions).toEqual([1, 1, 1, 1]);
      for (const partition of [0, 1, 2, 3]) expect(await texts(partition, 1)).toEqual([[1, `p${partition}`]]);
    });

    test("the caller may reuse its buffer at once, and what is read is the reader's own", async () => {
      const buffer = bytes("one");
      const appended = journal.append(0, 0, buffer);
      buffer.set(bytes("two"));
      await appended;

      for (const item of await journal.read(0, 1, 1)) item.data.fill(0);

      expect(await texts(0, 1)).toEqual([[1, "one"]]);
    });

    test("an empty record and a large one come back whole", async () => {
      const large = crypto.getRandomValues(new Uint8Array(65_536));
      await journal.append(0, 0, new Uint8Array());
      await journal.append(0, 1, large);

      const items = await journal.read(0, 1, 2);

      expect(items.map((item) => item.data.length)).toEqual([0, 65_536]);
      expect(Buffer.compare(items[1]?.data ?? new Uint8Array(), large)).toBe(0);
    });

    test("reads at most the limit, from the position asked for, and nothing beyond the end", async () => {
      await fill(0, 5);

      expect(await texts(0, 2, 2)).toEqual([
        [2, "r2"],
        [3, "r3"],
      ]);
      expect(await texts(0, 5, 10)).toEqual([[5, "r5"]]);
      expect(await texts(0, 6, 10)).toEqual([]);
      expect(await texts(0, 1, 0)).toEqual([]);
    });

    test("a purge forgets what is before, and reading there is NOT_FOUND", async () => {
      await fill(0, 5);

      await journal.purge(0, 4);

      expect(await journal.end(0)).toEqual({ first: 4, last: 5 });
      await expect(journal.read(0, 3, 10)).rejects.toMatchObject({ code: "NOT_FOUND" });
      expect(await texts(0, 4)).toEqual([
        [4, "r4"],
        [5, "r5"],
      ]);
      expect(await journal.append(0, 5, bytes("r6"))).toBe(6);
    });

    test("a purge leaves the last record, other partitions, and what an earlier purge left", async () => {
      await fill(0, 3);
      await fill(1, 3);

      await journal.purge(0, 99);
      await journal.purge(0, 1);
      await journal.purge(2, 5);

      expect(await journal.end(0)).toEqual({ first: 3, last: 3 });
      expect(await texts(0, 3)).toEqual([[3, "r3"]]);
      expect(await journal.end(1)).toEqual({ first: 1, last: 3 });
      expect(await journal.end(2)).toEqual({ first: 1, last: 0 });
    });

    test("purges asked for together count their bytes once", async () => {
      await fill(0, 9);

      await Promise.all([journal.purge(0, 5), journal.purge(0, 8), journal.purge(0, 3)]);

      expect(await journal.end(0)).toEqual({ first: 8, last: 9 });
      expect(journal.bytes()).toBe(4);
    });

    test("counts the bytes kept", async () => {
      await journal.append(0, 0, new Uint8Array(100));
      await journal.append(1, 0, new Uint8Array(50));
      await journal.append(0, 1, new Uint8Array(7));
      expect(journal.bytes()).toBe(157);

      await journal.purge(0, 2);

      expect(journal.bytes()).toBe(57);
    });

    test("a full journal refuses, keeps what it has, and takes more after a purge", async () => {
      await journal.append(0, 0, new Uint8Array(2 ** 20 - 10));
      await journal.append(0, 1, new Uint8Array(10));
      await expect(journal.append(0, 2, new Uint8Array(1))).rejects.toMatchObject({ code: "UNAVAILABLE" });
      expect(await journal.end(0)).toEqual({ first: 1, last: 2 });

      await journal.purge(0, 2);

      expect(await journal.append(0, 2, new Uint8Array(1_000))).toBe(3);
    });

    test("after closing everything is UNAVAILABLE, and closing again does nothing", async () => {
      await fill(0, 1);
      await journal[Symbol.asyncDispose]();
      await journal[Symbol.asyncDispose]();

      await expect(journal.append(0, 1, bytes("x"))).rejects.toMatchObject({ code: "UNAVAILABLE" });
      await expect(journal.read(0, 1, 1)).rejects.toMatchObject({ code: "UNAVAILABLE" });
      await expect(journal.end(0)).rejects.toMatchObject({ code: "UNAVAILABLE" });
      await expect(journal.purge(0, 1)).rejects.toMatchObject({ code: "UNAVAILABLE" });
    });

    test.skipIf(reopen === undefined)("reopening keeps everything, bytes and purges too", async () => {
      await fill(0, 4);
      await fill(65_535, 2);
      await journal.purge(0, 3);

      journal = (await reopen?.(journal)) ?? journal;

      expect(await journal.end(0)).toEqual({ first: 3, last: 4 });
      expect(await texts(0, 3)).toEqual([
        [3, "r3"],
        [4, "r4"],
      ]);
      expect(await texts(65_535, 1)).toEqual([
        [1, "r1"],
        [2, "r2"],
      ]);
      expect(await journal.end(1)).toEqual({ first: 1, last: 0 });
      expect(journal.bytes()).toBe(8);
      expect(await journal.append(0, 4, bytes("r5"))).toBe(5);
      await expect(journal.read(0, 2, 1)).rejects.toMatchObject({ code: "NOT_FOUND" });
    });

    test("any order of appends, conflicts and purges keeps what a list would", async () => {
      const step = fc.record({
        partition: fc.nat(2),
        off: fc.constantFrom(0, 0, 0, -1, 1),
        purge: fc.option(fc.nat(12), { freq: 5 }),
        size: fc.nat(40),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
          const subject = await open();
          const kept = new Map<number, Map<number, number>>();
          const ends = new Map<number, number>();
          for (const { partition, off, purge, size } of steps) {
            const records = kept.get(partition) ?? new Map<number, number>();
            const last = ends.get(partition) ?? 0;
            kept.set(partition, records);
            if (purge !== null) {
              await subject.purge(partition, purge);
              for (const position of records.keys()) if (position < purge && position < last) records.delete(position);
              continue;
            }
            const outcome = await subject.append(partition, last + off, new Uint8Array(size)).catch(() => "refused");
            expect(outcome).toBe(off === 0 ? last + 1 : "refused");
            if (off !== 0) continue;
            records.set(last + 1, size);
            ends.set(partition, last + 1);
          }
          for (const [partition, records] of kept) {
            const { first, last } = await subject.end(partition);
            const items = await subject.read(partition, first, 100);
            expect(items.map((item) => [item.position, item.data.length])).toEqual([...records]);
            expect(last).toBe(ends.get(partition) ?? 0);
          }
          const sizes = [...kept.values()].flatMap((records) => [...records.values()]);
          expect(subject.bytes()).toBe(sizes.reduce((sum, size) => sum + size, 0));
          await subject[Symbol.asyncDispose]();
        }),
        { numRuns: 25 },
      );
    });
  });
}
