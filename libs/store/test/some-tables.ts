import { defineTable, type Table } from "../src/store.ts";

/** Tables for processes that are no tests: those may not load the contract, which loads vitest. */
export const SINGLE = defineTable<{ id: number; value: number | null }>({
  name: "single",
  partition: ["id"],
  clustering: [],
  columns: { id: "int", value: "int" },
});

const more = ["first", "second", "third", "fourth"].map((name) => ({ ...SINGLE, name }));

export const SOME_TABLES: readonly Table[] = [SINGLE, ...more] as unknown as Table[];
