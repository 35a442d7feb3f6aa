import { JOURNAL_CHECKPOINT } from "@guildhall/installation";
import { AppError, systemClock } from "@guildhall/kernel";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { newStore } from "../../test/bench.ts";
import { PromptReads } from "./prompt-reads.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A store that answers once `answer` is called, or fails. */
function ground() {
  const waiting: ((error?: AppError) => void)[] = [];
  const before = () =>
    new Promise<void>((resolve, reject) => {
      waiting.push((error) => (error === undefined ? resolve() : reject(error)));
    });
  const { prompt, patient } = new PromptReads(newStore({ before }), systemClock);
  const outcome = (read: Promise<unknown>) => {
    const found: { is?: string } = {};
    read.then(
      () => void (found.is = "answered"),
      (error: unknown) => void (found.is = (error as AppError).code),
    );
    return found;
  };
  const read = () => outcome(prompt.get(JOURNAL_CHECKPOINT, [0]));
  const readPatiently = () => outcome(patient.get(JOURNAL_CHECKPOINT, [0]));
  return { read, readPatiently, answer: (error?: AppError) => waiting.shift()?.(error) };
}

const away = () => new AppError("UNAVAILABLE", "test");

test("a read is given up when the store has answered nobody for two seconds, and the next ones sooner", async () => {
  const { read, readPatiently } = ground();

  const [first, patient] = [read(), readPatiently()];
  await vi.advanceTimersByTimeAsync(1_999);
  const before = first.is;
  await vi.advanceTimersByTimeAsync(1);
  const second = read();
  await vi.advanceTimersByTimeAsync(250);

  expect([before, first.is, second.is]).toEqual([undefined, "UNAVAILABLE", "UNAVAILABLE"]);
  expect(patient.is).toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
});

test("while the store answers others a slow read is waited for", async () => {
  const { read, answer } = ground();

  const others = [read(), read(), read()];
  const slow = read();
  for (const _ of others) {
    await vi.advanceTimersByTimeAsync(1_500);
    answer();
  }
  await vi.advanceTimersByTimeAsync(1_500);
  answer();
  await vi.advanceTimersByTimeAsync(0);

  expect(others.map(({ is }) => is)).toEqual(["answered", "answered", "answered"]);
  expect(slow.is).toBe("answered");
});

test("a call that fails says that the store is away, and one that is answered that it is back", async () => {
  const { read, readPatiently, answer } = ground();
  readPatiently();
  answer(away());
  await vi.advanceTimersByTimeAsync(0);

  const refused = read();
  await vi.advanceTimersByTimeAsync(250);
  // It was given up, and has its answer now.
  answer();
  await vi.advanceTimersByTimeAsync(0);
  const later = read();
  await vi.advanceTimersByTimeAsync(1_000);
  answer();
  await vi.advanceTimersByTimeAsync(0);

  expect([refused.is, later.is]).toEqual(["UNAVAILABLE", "answered"]);
});
