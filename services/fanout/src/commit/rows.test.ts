import { TABLES } from "@guildhall/installation";
import { expect, test } from "vitest";
import { newStore } from "../../test/bench.ts";
import { Rows } from "./rows.ts";

const [table] = TABLES;

test("a row that is not there is forgotten when nobody asks for it, one that was decided since is not", async () => {
  if (table === undefined) throw new Error("there is no table");
  let nowMs = 0;
  const rows = new Rows(newStore(), 0, () => nowMs);
  const key = (n: number) => Array.from([...table.partition, ...table.clustering], () => n);
  await rows.load(table as never, key(1));
  await rows.load(table as never, key(2));
  rows.apply([table.name, key(2), { made: 1 }], 1);
  const before = rows.size;

  nowMs = 30_000;
  rows.sweep();
  const idle = rows.size;
  nowMs = 30_001;
  rows.sweep();

  expect([before, idle, rows.size]).toEqual([2, 2, 1]);
  expect(rows.peek(table.name, key(2))).toEqual({ made: 1 });
});
