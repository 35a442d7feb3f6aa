import type { Event, Page } from "@guildhall/proto";
import { LIMITS } from "@guildhall/proto/tables";
import { expect, test } from "vitest";
import { exportPages } from "./export.ts";
import type { HistoryQuery } from "./options.ts";

/** A lane of `count` events, the first at 1,001 ms and each 1 ms after the one before; its pages as a server cuts them. */
function lane(count: number) {
  const asked: HistoryQuery[] = [];
  const state = { head: count, ep: 5 };
  const event = (s: number): Event => ({ s, k: "text", u: 1, ts: 1_000 + s, m: s, pv: 1, b: { t: `${s}` } });
  const page = async (query: HistoryQuery): Promise<Page> => {
    asked.push(query);
    const a = "a" in query ? query.a : "at" in query ? Math.max(1, query.at - 1_000) : 0;
    const z = Math.min(state.head, "a" in query ? query.z : a + LIMITS.pageMax - 1);
    const e = Array.from({ length: Math.max(0, z - a + 1) }, (_, i) => event(a + i));
    return { a: e[0]?.s ?? 0, z: e.at(-1)?.s ?? 0, e, more: z < state.head, ep: state.ep };
  };
  return { state, asked, page };
}

const LATER = () => 1_000_000;
const range = (a: number, z: number) => Array.from({ length: z - a + 1 }, (_, i) => a + i);

async function seqs(pages: AsyncIterable<readonly Event[]>): Promise<number[]> {
  const all: number[] = [];
  for await (const page of pages) all.push(...page.map(({ s }) => s));
  return all;
}

test("everything comes once and in order, however many pages it is", async () => {
  for (const count of [0, 1, LIMITS.pageMax, LIMITS.pageMax + 1, 3 * LIMITS.pageMax + 7]) {
    expect(await seqs(exportPages({}, lane(count).page, LATER))).toEqual(count === 0 ? [] : range(1, count));
  }
});

test("a stretch of time has its first millisecond and not its last", async () => {
  const { page, asked } = lane(500);

  expect(await seqs(exportPages({ fromMs: 1_120, toMs: 1_305 }, page, LATER))).toEqual(range(120, 304));
  expect(asked[0]).toEqual({ at: 1_120 });
  expect(await seqs(exportPages({ fromMs: 9_000 }, page, LATER))).toEqual([]);
  expect(await seqs(exportPages({ toMs: 1_001 }, page, LATER))).toEqual([]);
});

test("one that was broken off goes on after the last seq, within the same stretch", async () => {
  const { page } = lane(500);
  const stretch = { fromMs: 1_120, toMs: 1_305 };

  expect(await seqs(exportPages({ ...stretch, after: 200 }, page, LATER))).toEqual(range(201, 304));
  expect(await seqs(exportPages({ ...stretch, after: 304 }, page, LATER))).toEqual([]);
  expect(await seqs(exportPages({ ...stretch, after: 100 }, page, LATER))).toEqual(range(120, 304));
});

test("without an end it ends with what was there when it began", async () => {
  const { state, page } = lane(150);
  const found: number[] = [];

  for await (const events of exportPages({}, page, () => 1_151)) {
    found.push(...events.map(({ s }) => s));
    state.head += 100;
  }

  expect(found).toEqual(range(1, 150));
});

test("a page is asked for when the one before was taken, and not before", async () => {
  const { asked, page } = lane(1_000);
  const pages = exportPages({}, page, LATER);

  await pages.next();
  await new Promise((resolve) => setImmediate(resolve));

  expect(asked).toHaveLength(1);
});

test("a history that was replaced meanwhile ends it", async () => {
  const { state, page } = lane(300);
  const pages = exportPages({}, page, LATER);
  await pages.next();
  state.ep = 6;

  await expect(pages.next()).rejects.toMatchObject({ code: "CONFLICT" });
});
