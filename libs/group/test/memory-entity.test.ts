import { type Handler, rowKey } from "@guildhall/entity";
import { memoryEntity } from "@guildhall/testkit/memory-entity";
import { expect, test } from "vitest";
import { GROUPS } from "../src/lifecycle/tables.ts";
import { MEMBERS } from "../src/membership/tables.ts";
import { OWNER, openGroup } from "./group-bench.ts";

const handler = (run: Handler<object>["run"]): Handler<object> => ({
  reads: (_, ctx) => [rowKey(GROUPS, ctx.g)],
  run,
});

test("a row that reads does not name is found out", () => {
  const group = openGroup();
  const careless = handler((tx) => void tx.get(MEMBERS, group.g, OWNER));

  expect(() => group.run(careless, {}, OWNER)).toThrow("reads does not name members");
});

test("a command that throws leaves nothing", () => {
  const group = openGroup();
  const before = group.snapshot();
  const failing = handler((tx, _, { g }) => {
    tx.emit({ kind: "text", body: {}, permission: true });
    tx.delete(GROUPS, g);
    throw new Error("late");
  });

  expect(() => group.run(failing, {}, OWNER)).toThrow("late");

  expect(group.snapshot()).toEqual(before);
  expect(group.events).toHaveLength(7);
});

test("a transaction sees its own changes", () => {
  const group = openGroup();
  const renaming = handler((tx, _, { g }) => {
    const row = tx.get(GROUPS, g);
    if (row !== undefined) tx.put(GROUPS, { ...row, name: "Go" });
    return tx.get(GROUPS, g)?.name;
  });

  expect(group.run(renaming, {}, OWNER)).toBe("Go");
});

test("a second event, a row that lacks a column and a row changed in place are found out", () => {
  const group = openGroup();
  const twice = handler((tx) => {
    tx.emit({ kind: "text", body: {} });
    tx.emit({ kind: "text", body: {} });
  });
  const partial = handler((tx, _, { g }) => tx.put(GROUPS, { g } as never));
  const inPlace = handler((tx, _, { g }) => Object.assign(tx.get(GROUPS, g) ?? {}, { name: "Go" }));

  expect(() => group.run(twice, {}, OWNER)).toThrow("a second event");
  expect(() => group.run(partial, {}, OWNER)).toThrow("groups.number is no int");
  expect(() => group.run(inPlace, {}, OWNER)).toThrow(TypeError);
});

test("events are numbered without holes, their times rise, and permission events say which came before", () => {
  const group = openGroup();

  expect(group.events.map(({ s }) => s)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  expect(group.events.map(({ pp }) => pp)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  const times = group.events.map(({ at }) => at);
  expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
  expect(memoryEntity(1).pv).toBe(0);
});
