import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Beats } from "./beats.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("everybody is called at every beat from one timer, which ends with the last of them", () => {
  const beats = new Beats(500);
  const [one, other] = [vi.fn(), vi.fn()];
  const leaveOne = beats.join(one);
  vi.advanceTimersByTime(300);
  const leaveOther = beats.join(other);
  expect(vi.getTimerCount()).toBe(1);

  vi.advanceTimersByTime(200);
  expect([one, other].map(({ mock }) => mock.calls.length)).toEqual([1, 1]);

  leaveOne();
  vi.advanceTimersByTime(500);
  expect([one, other].map(({ mock }) => mock.calls.length)).toEqual([1, 2]);

  leaveOther();
  expect(vi.getTimerCount()).toBe(0);
});

test("who joins after all have left is called again", () => {
  const beats = new Beats(500);
  beats.join(() => {})();
  const say = vi.fn();
  beats.join(say);

  vi.advanceTimersByTime(1_000);

  expect(say).toHaveBeenCalledTimes(2);
});
