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
