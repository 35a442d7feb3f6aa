import { TABLES } from "@guildhall/installation";
import { makeNonce } from "@guildhall/kernel";
import { HAND_OVER_MAX_BYTES, type HandOver } from "@guildhall/proto";
import { TIMELINE } from "@guildhall/timeline";
import { decodeHandOver, encodeHandOver } from "@guildhall/wire";
import { expect, test } from "vitest";
import { newStore } from "../../test/bench.ts";
import { Entities } from "./entities.ts";
import { Lane } from "./lane.ts";
import { adopt, type Memory, memoryOf } from "./memory.ts";
import { Rows } from "./rows.ts";

const NOW_MS = 1_800_000_000_000;
const [table] = TABLES.filter(({ name }) => name !== TIMELINE.name);
if (table === undefined) throw new Error("there is no table");
const { name: TABLE } = table;

/** An owner's memory. `startedMs`: it knows no nonce from before. */
function owner(startedMs: number) {
  const entities = new Entities(startedMs);
  const rows = new Rows(newStore(), 0, () => 0);
  return {
    entities,
    rows,
    group(g: number, usedMs: number, s = 1) {
      const entity = entities.use(g, usedMs);
      if (entity === undefined) throw new Error("no room");
      const head = { s, at: usedMs - 1, m: 2, pv: 3, bk: 1, bkAt: usedMs - 9, bb: 77, storedTo: s };
      entity.lanes.set(0, Object.assign(new Lane(g, 0), head));
      return entity;
    },
    tell: (nowMs: number) => memoryOf(entities, rows, nowMs, 0),
  };
}

/** As it comes to the next owner. */
function sent(memory: Memory): HandOver {
  const around = { p: 0, ep: 1, term: 1, pos: 9, stored: 9, relayed: 9, lead: { ms: 0, sinceMs: 0 } };
  return decodeHandOver(encodeHandOver({ ...around, ...memory }));
}

test("the next owner has heads, newest nonces and rows as the one before had them", () => {
  const before = owner(NOW_MS - 60_000);
  const group = before.group(7, NOW_MS, 40);
  const [fresh, old] = [makeNonce(NOW_MS - 1_000), makeNonce(NOW_MS - 20_000)];
  const first = { s: 40, at: NOW_MS - 1_000, m: 2, pv: 3, hash: "abc" };
  group.nonces.remember(4, fresh, first);
  group.nonces.remember(4, old, { ...first, s: 30, at: NOW_MS - 20_000 });
  before.rows.apply([TABLE, [7, 1], { made: 1 }], 9);
  before.rows.apply([TABLE, [7, 2], null], 9);
  const next = owner(NOW_MS + 90_000);

  adopt(sent(before.tell(NOW_MS)), next.entities, next.rows, NOW_MS);

  const adopted = next.entities.get(7);
  expect(adopted?.lanes.get(0)).toEqual(group.lanes.get(0));
  expect(adopted?.nonces.find(4, fresh)).toEqual(first);
  expect(next.rows.peek(TABLE, [7, 1])).toEqual({ made: 1 });
  expect(next.rows.known(`${TABLE}\u00007\u00002`)).toBeNull();
  // What is older than what was handed over is looked up, as ever.
  expect(adopted?.nonces.find(4, old)).toBeUndefined();
  expect(adopted?.nonces.covers(NOW_MS - 5_000)).toBe(true);
  expect(adopted?.nonces.covers(NOW_MS - 5_001)).toBe(false);
});

test("what the next owner restored from the journal stands above what it was handed", () => {
  const before = owner(NOW_MS - 60_000);
  before.group(7, NOW_MS, 40);
  before.rows.apply([TABLE, [7, 1], { made: "before" }], 9);
  const next = owner(NOW_MS + 90_000);
  const restored = next.group(7, NOW_MS, 41);
  next.rows.apply([TABLE, [7, 1], { made: "since" }], 10);

  adopt(sent(before.tell(NOW_MS)), next.entities, next.rows, NOW_MS);

  expect(restored.lanes.get(0)?.s).toBe(41);
  expect(next.rows.peek(TABLE, [7, 1])).toEqual({ made: "since" });
});

test("more nonces than are handed over are vouched for only as far as they go", () => {
  const before = owner(NOW_MS - 60_000);
  const group = before.group(7, NOW_MS, 300);
  for (let s = 1; s <= 300; s++) {
    const at = NOW_MS - 3_000 + s;
    group.nonces.remember(4, makeNonce(at), { s, at, m: 0, pv: 0, hash: "" });
  }

  const [told] = before.tell(NOW_MS).groups;

  expect(told?.nonces).toHaveLength(256);
  expect(told?.fromMs).toBe(Math.min(...(told?.nonces ?? []).map(([, , at]) => at)));
});

test("neither groups that nobody used of late, nor made up ones, nor bodies are handed over", () => {
  const before = owner(NOW_MS - 60_000);
  before.group(7, NOW_MS - 30_000);
  before.group(8, NOW_MS, 0);
  before.rows.apply([TIMELINE.name, [7, 0, 1, 1], { b: "text" }], 9);

  expect(before.tell(NOW_MS)).toEqual({ groups: [], rows: [] });
});

test("of more than fits, what was used last is handed over", () => {
  const before = owner(NOW_MS - 60_000);
  for (let g = 1; g <= 400; g++) {
    const group = before.group(g, NOW_MS - 10_000 + g);
    for (let s = 1; s <= 20; s++) {
      const at = NOW_MS - 100 + s;
      group.nonces.remember(g, makeNonce(at), { s, at, m: 0, pv: 0, hash: "x".repeat(43) });
    }
  }

  const told = before.tell(NOW_MS);

  expect(told.groups.length).toBeGreaterThan(50);
  expect(told.groups.length).toBeLessThan(400);
  expect(told.groups.map(({ g }) => g)).toEqual(told.groups.map((_, i) => 400 - i));
  const { groups, rows } = told;
  const bytes = encodeHandOver({ ...sent(told), groups, rows }).length;
  expect(bytes).toBeGreaterThan(HAND_OVER_MAX_BYTES / 2);
  expect(bytes).toBeLessThan(HAND_OVER_MAX_BYTES + 1_024);
});
