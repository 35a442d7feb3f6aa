import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type Event, SERVER_FRAME } from "@guildhall/proto";
import { scratchFolder } from "@guildhall/testkit";
import { hashOf, openRecorder, readRecord } from "@guildhall/testkit/history";
import { expect, onTestFinished, test } from "vitest";
import { Observer } from "./observer.ts";

const G = 9;
const EP = 1_700;
const event = (s: number, other: Partial<Event> = {}): Event => ({
  s,
  k: "text",
  u: 4,
  ts: 1,
  n: new Uint8Array(16),
  m: s,
  pv: 1,
  b: { t: `text ${s}` },
  ...other,
});
const ev = (...e: Event[]) => ({ t: SERVER_FRAME.ev, g: G, ep: EP, a: e[0]?.s ?? 0, z: e.at(-1)?.s ?? 0, e });

async function observed(see: (observer: Observer) => void): Promise<object[]> {
  const folder = await scratchFolder();
  onTestFinished(() => folder[Symbol.asyncDispose]());
  const path = join(folder.path, "history.jsonl");
  const recorder = openRecorder({ path, proc: "clients" });
  see(new Observer(recorder, 4));
  await recorder[Symbol.asyncDispose]();
  return (await readFile(path, "utf8")).trim().split("\n").map(readRecord);
}

test("every event is recorded with what members see of it, and the cursor follows", async () => {
  let cursor: unknown;
  const records = await observed((observer) => {
    observer.events("c1", ev(event(5), event(6, { rev: 8 })), "live");
    cursor = observer.cursors.get(G);
  });

  expect(records).toMatchObject([
    { op: "recv", via: "live", conn: "c1", user: 4, group: G, epoch: EP, seq: 5, by: 4, hash: hashOf(event(5)) },
    { op: "recv", seq: 6, rev: 8, cmid: "AAAAAAAAAAAAAAAAAAAAAA" },
  ]);
  expect(cursor).toEqual({ ep: EP, s: 6 });
});

test("an event is recorded with the group that its text names, and with whom and what it is about", async () => {
  const records = await observed((observer) => {
    const said = event(5, { b: { t: "p1-7@12-canary" } });
    const plain = event(6, { b: { t: "p1-7-canary" } });
    const given = event(7, { k: "role.assign", b: { u: 3, role: 2 } });
    observer.events("c1", ev(said, plain, given), "live");
  });

  expect(records[0]).toMatchObject({ seq: 5, canary: 12 });
  expect(records[1]).not.toHaveProperty("canary");
  expect(records[2]).toMatchObject({ seq: 7, about: { u: 3, role: 2 } });
});

test("a page is recorded with what was asked for and where it ended, and a refusal as one", async () => {
  const records = await observed((observer) => {
    observer.asks("c1", "c1#1", G, { before: 9, lim: 5 });
    observer.answered("c1", "c1#1", G, { a: 2, z: 3, e: [event(2), event(3)], more: true, ep: EP });
    observer.asks("c1", "c1#2", G, { a: 4, z: 7 });
    observer.answered("c1", "c1#2", G, undefined);
  });

  expect(records).toMatchObject([
    { op: "read", phase: "invoke", id: "c1#1", to: 8 },
    { op: "page", from: 2, to: 3, count: 2 },
    { op: "recv", via: "history", seq: 2 },
    { op: "recv", via: "history", seq: 3 },
    { op: "read", phase: "ok", id: "c1#1", epoch: EP, to: 3, more: true },
    { op: "read", phase: "invoke", id: "c1#2", from: 4, to: 7 },
    { op: "read", phase: "fail", id: "c1#2" },
  ]);
  expect(records[0]).not.toHaveProperty("from");
});

test("a gap moves the cursor, and a page does not", async () => {
  let cursor: unknown;
  const records = await observed((observer) => {
    observer.events("c1", ev(event(1)), "replay");
    observer.gap("c1", { t: SERVER_FRAME.gap, g: G, ep: EP, have: 1, s: 7, why: "too_far" });
    observer.page("c1", G, { a: 2, z: 3, e: [event(2), event(3)], more: true, ep: EP }, "history");
    cursor = observer.cursors.get(G);
  });

  expect(records).toMatchObject([
    { op: "recv", via: "replay", seq: 1 },
    { op: "reset", conn: "c1", seq: 7, why: "too_far" },
    { op: "page", from: 2, to: 3, count: 2 },
    { op: "recv", via: "history", seq: 2 },
    { op: "recv", via: "history", seq: 3 },
  ]);
  expect(cursor).toEqual({ ep: EP, s: 7 });
});

test("who begins at the head stands there, unless an event came first", async () => {
  let cursors: unknown[] = [];
  const records = await observed((observer) => {
    observer.begins("c1", G);
    observer.follows("c1", G, { ep: EP, s: 3 });
    const atHead = observer.cursors.get(G);
    observer.events("c1", ev(event(4)), "live");
    observer.follows("c1", G, { ep: EP, s: 3 });
    cursors = [atHead, observer.cursors.get(G)];
  });

  expect(records[0]).not.toHaveProperty("seq");
  expect(cursors).toEqual([
    { ep: EP, s: 3 },
    { ep: EP, s: 4 },
  ]);
});
