import { type EvFrame, type GapFrame, type Page, SERVER_FRAME } from "@guildhall/proto";
import fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import { GuildhallError } from "./errors.ts";
import { EPOCH, evFrame, pageOf, textEvent } from "./fake-server.ts";
import type { GroupItem } from "./items.ts";
import { Lane } from "./lane.ts";
import type { Violation } from "./violations.ts";

const G = 42;
const ev = (a: number, z = a, ep = EPOCH) => evFrame(G, a, z, ep) as EvFrame;
const gap = (have: number, s: number, ep = EPOCH): GapFrame => ({
  t: SERVER_FRAME.gap,
  g: G,
  ep,
  have,
  s,
  why: "too long",
});

afterEach(() => void vi.useRealTimers());

function setUp(more: { page?: (a: number, z: number) => Promise<Page>; fillGaps?: boolean; at?: number } = {}) {
  const items: GroupItem[] = [];
  const violations: Violation[] = [];
  const page = vi.fn(more.page ?? (async (a: number, z: number) => pageOf(a, z) as Page));
  const lane = new Lane(G, {
    page,
    emit: (item) => items.push(item),
    violation: (violation) => violations.push(violation),
    onFilled: () => {},
    fillGaps: more.fillGaps ?? true,
  });
  lane.begin(EPOCH, more.at ?? 0);
  const told = () => items.map((item) => (item.type === "event" ? item.event.s : item.type));
  const via = () => items.map((item) => (item.type === "event" ? item.via : item.type));
  return { lane, items, violations, page, told, via };
}

test("a duplicate is dropped, an overlap is told from where it is new", () => {
  const { lane, told, violations } = setUp();

  lane.onEv(ev(1, 3), "live");
  lane.onEv(ev(2, 3), "live");
  lane.onEv(ev(2, 5), "live");

  expect(told()).toEqual([1, 2, 3, 4, 5]);
  expect(violations).toEqual([]);
});

test("a hole is fetched, and what came behind it follows", async () => {
  const { lane, told, via, page } = setUp();

  lane.onEv(ev(1), "live");
  lane.onEv(ev(4, 5), "live");
  lane.onEv(ev(6), "live");
  await vi.waitFor(() => expect(told()).toEqual([1, 2, 3, 4, 5, 6]));

  expect(page.mock.calls).toEqual([[2, 3]]);
  expect(via()).toEqual(["live", "fetched", "fetched", "live", "live", "live"]);
});

test("a hole that stays open for two seconds is told as a gap and filled when history answers", async () => {
  vi.useFakeTimers();
  let answer: (page: Page) => void = () => {};
  const { lane, told } = setUp({ page: () => new Promise((resolve) => (answer = resolve)) });

  lane.onEv(ev(3), "live");
  await vi.advanceTimersByTimeAsync(2_000);
  const meanwhile = told();
  answer(pageOf(1, 2) as Page);
  await vi.advanceTimersByTimeAsync(0);

  expect(meanwhile).toEqual(["gap"]);
  expect(told()).toEqual(["gap", 1, 2, 3]);
});

test("a thousand events behind a hole are held, one more makes it a gap and is fetched with it", async () => {
  let answer: () => void = () => {};
  const blocked = new Promise<void>((resolve) => (answer = resolve));
  const { lane, told } = setUp({ page: (a, z) => blocked.then(() => pageOf(a, z) as Page) });

  lane.onEv(ev(2, 1_001), "live");
  const held = told();
  lane.onEv(ev(1_002), "live");
  const over = told();
  answer();
  await vi.waitFor(() => expect(told()).toHaveLength(1_003));

  expect(held).toEqual([]);
  expect(over).toEqual(["gap"]);
  expect(told().slice(1)).toEqual(Array.from({ length: 1_002 }, (_, at) => at + 1));
});

test("a gap is told, then fetched in pages of at most a hundred", async () => {
  const { lane, told, items, page } = setUp({ at: 5 });

  lane.onGap(gap(5, 230));
  lane.onEv(ev(231), "live");
  await vi.waitFor(() => expect(told().at(-1)).toBe(231));

  expect(items[0]).toEqual({ type: "gap", have: 5, s: 230, why: "too long" });
  expect(told().slice(1)).toEqual(Array.from({ length: 226 }, (_, at) => at + 6));
  expect(page.mock.calls).toEqual([
    [6, 105],
    [106, 205],
    [206, 230],
  ]);
});

test("with fillGaps off a gap is told and left", () => {
  const { lane, told, page } = setUp({ at: 5, fillGaps: false });

  lane.onGap(gap(5, 230));
  lane.onEv(ev(231), "live");

  expect(told()).toEqual(["gap", 231]);
  expect(page).not.toHaveBeenCalled();
});

test("what history refuses is told as a gap, once, and passed over", async () => {
  const page = () => Promise.reject(new GuildhallError("FORBIDDEN"));
  const { lane, told, items } = setUp({ page });

  lane.onEv(ev(4), "live");
  await vi.waitFor(() => expect(told()).toEqual(["gap", 4]));

  expect(items[0]).toEqual({ type: "gap", have: 0, s: 3, why: "FORBIDDEN" });
});

test("a new epoch is a gap: the last page of the new one is read, then its events follow", async () => {
  const page = async (a: number, z: number) => pageOf(a, z, 8) as Page;
  const { lane, told, items, violations } = setUp({ at: 500, page });

  lane.onEv(ev(501), "live");
  lane.onEv(ev(301, 301, 8), "live");
  await vi.waitFor(() => expect(told().at(-1)).toBe(301));

  expect(items[1]).toEqual({ type: "gap", have: 501, s: 300, why: "epoch" });
  expect(told().slice(2)).toEqual(Array.from({ length: 101 }, (_, at) => at + 201));
  expect(lane.cursor()).toEqual([G, 0, 8, 301]);
  expect(violations).toEqual([]);
});

test("a head behind one's own place is a violation, and the lane is read anew", async () => {
  const { lane, told, violations } = setUp({ at: 5 });

  lane.onEv(ev(6, 8), "live");
  lane.onGap({ ...gap(8, 3), why: "future" });
  lane.onEv(ev(4), "live");
  await vi.waitFor(() => expect(told()).toEqual([6, 7, 8, "gap", 1, 2, 3, 4]));

  expect(violations).toMatchObject([{ kind: "short", s: 4 }]);
});

test("two contents for one seq are a violation; a rewrite with its own rev is not", () => {
  const { lane, violations } = setUp();
  const one = (event: ReturnType<typeof textEvent>): EvFrame => ({ ...ev(event.s), e: [event] });

  lane.onEv(ev(1, 2), "live");
  lane.onEv(one(textEvent(1, { b: { t: "edited" }, rev: 9 })), "live");
  const after = [...violations];
  lane.onEv(one(textEvent(2, { b: { t: "other" } })), "live");

  expect(after).toEqual([]);
  expect(violations).toMatchObject([{ kind: "content", g: G, s: 2 }]);
});

test("a frame that leaves out what it covers is a violation", () => {
  const { lane, violations } = setUp();

  lane.onEv({ ...ev(1, 3), e: [textEvent(1), textEvent(3)] }, "live");
  lane.onEv({ ...ev(4, 5), e: [textEvent(4)] }, "live");

  expect(violations).toMatchObject([
    { kind: "order", s: 3 },
    { kind: "short", s: 5 },
  ]);
});

test("history without the missing seq is a violation and a gap", async () => {
  const page = async () => ({ a: 1, z: 1, e: [], more: false, ep: EPOCH }) as Page;
  const { lane, told, violations } = setUp({ page });

  lane.onEv(ev(3), "live");
  await vi.waitFor(() => expect(told()).toEqual(["gap", 3]));

  expect(violations).toMatchObject([{ kind: "short", s: 1 }]);
});

test("whatever frames are lost, doubled or late, every seq is told once and in order", async () => {
  const frames = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 6 })), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(frames, async (ranges) => {
      const { lane, told, violations } = setUp();

      for (const [a, more] of ranges) lane.onEv(ev(a, a + more), "live");
      lane.onEv(ev(50), "live");
      await vi.waitFor(() => expect(told().at(-1)).toBe(50), { interval: 1 });

      expect(told()).toEqual(Array.from({ length: 50 }, (_, at) => at + 1));
      expect(violations).toEqual([]);
    }),
    { numRuns: 100 },
  );
});
