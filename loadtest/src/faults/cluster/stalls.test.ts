import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Workload } from "../workload/workload.ts";
import { Stalls } from "./stalls.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Groups 1 and 2, and what makes one of them answered. */
function ground(): { readonly stalls: Stalls; readonly answer: (g: number) => void } {
  const speaker: { onAnswered: (g: number) => void } = { onAnswered: () => {} };
  const stalls = new Stalls({ groups: [1, 2], speakers: [speaker] } as unknown as Workload);
  return { stalls, answer: (g) => speaker.onAnswered(g) };
}

test("the longest stall is that of the group that waited longest, also before others were answered again", () => {
  const { stalls, answer } = ground();
  stalls.begin();

  vi.advanceTimersByTime(1_000);
  answer(1);
  vi.advanceTimersByTime(3_000);
  answer(1);
  answer(2);
  vi.advanceTimersByTime(500);

  expect(stalls.longestMs).toBe(4_000);
  expect(stalls.ofGroups).toEqual([3_000, 4_000]);
});

test("what was before it began does not count, and a group without an answer counts up to now", () => {
  const { stalls, answer } = ground();
  vi.advanceTimersByTime(10_000);
  stalls.begin();
  vi.advanceTimersByTime(700);
  answer(1);

  expect(stalls.longestMs).toBe(700);
  vi.advanceTimersByTime(1_300);
  expect(stalls.longestMs).toBe(2_000);
});

test("all are answered since a moment when each has had an answer after it", () => {
  const { stalls, answer } = ground();
  vi.advanceTimersByTime(10);
  const sinceMs = performance.now();
  vi.advanceTimersByTime(10);
  answer(1);
  expect(stalls.allSince(sinceMs)).toBe(false);

  answer(2);

  expect(stalls.allSince(sinceMs)).toBe(true);
});
