import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Deadlines } from "./deadlines.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function setUp() {
  const ended: string[] = [];
  return { ended, deadlines: new Deadlines<string>((thing, timeoutMs) => ended.push(`${thing}/${timeoutMs}`)) };
}

test("each ends when its own time is over, and what was taken out does not", () => {
  const { deadlines, ended } = setUp();
  deadlines.add("a", 100);
  deadlines.add("b", 30);
  vi.advanceTimersByTime(20);
  deadlines.add("c", 100);
  deadlines.add("d", 100);
  expect(deadlines.delete("d", 100)).toBe(true);

  vi.advanceTimersByTime(12);
  expect(ended).toEqual(["b/30"]);
  vi.advanceTimersByTime(70);
  expect(ended).toEqual(["b/30", "a/100"]);
  expect([deadlines.has("a", 100), deadlines.has("c", 100)]).toEqual([false, true]);
  vi.advanceTimersByTime(20);
  expect(ended).toEqual(["b/30", "a/100", "c/100"]);
  expect(deadlines.delete("c", 100)).toBe(false);
});

test("a thousand of one time have one timer, and none once all are over", () => {
  const { deadlines, ended } = setUp();
  for (let i = 0; i < 1_000; i++) deadlines.add(String(i), 50);
  for (let i = 1; i < 1_000; i++) deadlines.delete(String(i), 50);
  expect(vi.getTimerCount()).toBe(1);

  vi.advanceTimersByTime(51);

  expect(ended).toEqual(["0/50"]);
  expect(vi.getTimerCount()).toBe(0);
});

test("clear hands over what had not ended, and leaves no timer", () => {
  const { deadlines, ended } = setUp();
  deadlines.add("a", 50);
  deadlines.add("b", 70);

  expect(deadlines.clear()).toEqual(["a", "b"]);

  vi.advanceTimersByTime(100);
  expect([ended, vi.getTimerCount()]).toEqual([[], 0]);
});
