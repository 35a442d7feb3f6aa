import { MEMBERS } from "@guildhall/group";
import type { Table } from "@guildhall/store";
import { expect, test } from "vitest";
import { newStore } from "../../test/bench.ts";
import { Rows } from "./rows.ts";

const TABLE = MEMBERS.name;
const KEY = [5, 7];
const known = (rows: Rows) => rows.peek(TABLE, KEY);
/** How many rows are laid over the store, which is empty. */
const laidOver = async (rows: Rows) => (await rows.scan(MEMBERS as Table, [5], { limit: 10 })).length;

test("what is taken back leaves the row that was there before, or none", () => {
  const rows = new Rows(newStore(), 0, () => 0);
  const first = rows.apply([TABLE, KEY, { v: 1 }], 1);
  const second = rows.apply([TABLE, KEY, { v: 2 }], 2);
  const third = rows.apply([TABLE, KEY, null], 2);
  expect(known(rows)).toBeUndefined();

  third();
  expect(known(rows)).toEqual({ v: 2 });
  second();
  expect(known(rows)).toEqual({ v: 1 });
  first();

  expect([known(rows), rows.size, rows.takenBack]).toEqual([undefined, 0, 3]);
});

test("a row that was stored under a write that is taken back may leave, and one that was not stays", async () => {
  const rows = new Rows(newStore(), 0, () => 0);
  rows.apply([TABLE, KEY, { v: 1 }], 1);
  const takeBack = rows.apply([TABLE, KEY, { v: 2 }], 2);
  rows.stored(1, [[TABLE, KEY, { v: 1 }]]);
  expect(await laidOver(rows)).toBe(1);

  takeBack();
  expect([known(rows), await laidOver(rows)]).toEqual([{ v: 1 }, 0]);

  rows.apply([TABLE, KEY, { v: 3 }], 2);
  rows.apply([TABLE, KEY, { v: 4 }], 3)();
  expect([known(rows), await laidOver(rows)]).toEqual([{ v: 3 }, 1]);
  rows.stored(2, [[TABLE, KEY, { v: 3 }]]);
  expect(await laidOver(rows)).toBe(0);
});
