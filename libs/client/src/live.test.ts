import { CLIENT_FRAME, type ClientFrame, SERVER_FRAME } from "@guildhall/proto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { GroupItem } from "./items.ts";
import { Live } from "./live.ts";

const G = 42;
beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function live() {
  const state = { up: true };
  const sent: ClientFrame[] = [];
  const items: GroupItem[] = [];
  const tell = (frame: ClientFrame) => {
    if (state.up) sent.push(frame);
    return state.up;
  };
  return { state, sent, items, live: new Live(G, { tell, emit: (item) => items.push(item) }) };
}

const readFrame = (s: number) => ({ t: CLIENT_FRAME.read, g: G, s });

test("the furthest seq is told, the first at once and then every two seconds", () => {
  const { live: one, sent } = live();

  for (const s of [3, 5, 4, 9, 2]) one.read(s);
  expect(sent).toEqual([readFrame(3)]);
  vi.advanceTimersByTime(2_000);
  vi.advanceTimersByTime(60_000);
  one.read(9);

  expect(sent).toEqual([readFrame(3), readFrame(9)]);
});

test("what was read without a connection is told when there is one", () => {
  const { live: one, sent, state } = live();
  state.up = false;
  one.read(7);

  state.up = true;
  one.again();

  expect(sent).toEqual([readFrame(7)]);
});

test("what another device has read is told and not said again; in a new epoch seqs begin anew", () => {
  const { live: one, sent, items } = live();

  one.onEph({ t: SERVER_FRAME.eph, g: G, k: "read", u: [1], s: 8, m: 6 });
  one.read(8);
  one.anew();
  one.read(2);

  expect(items).toEqual([{ type: "read", s: 8, m: 6 }]);
  expect(sent).toEqual([readFrame(2)]);
});

test("typing is said once in five seconds", () => {
  const { live: one, sent } = live();

  for (let i = 0; i < 60; i++) {
    one.type();
    vi.advanceTimersByTime(100);
  }

  expect(sent).toHaveLength(2);
});

test("typing of others ends after ten seconds, or with their message", () => {
  const { live: one, items } = live();
  const typing = (u: number) => one.onEph({ t: SERVER_FRAME.eph, g: G, k: "typing", u: [u] });

  typing(1);
  vi.advanceTimersByTime(6_000);
  typing(2);
  typing(3);
  one.ended(3);
  vi.advanceTimersByTime(4_000);
  typing(2);
  vi.advanceTimersByTime(9_999);
  expect(items.at(-1)).toEqual({ type: "typing", u: [2] });
  vi.advanceTimersByTime(1);

  expect(items.map((item) => item.type === "typing" && item.u)).toEqual([[1], [1, 2], [1, 2, 3], [1, 2], [2], [2], []]);
});
