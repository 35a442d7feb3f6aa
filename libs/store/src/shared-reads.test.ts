import { expect, test } from "vitest";
import { SharedReads } from "./shared-reads.ts";

/** Reads that answer when they are told to, with what the stored value was when they began. */
function slowReads() {
  const state = { value: 1, begun: 0 };
  const waiting: (() => void)[] = [];
  const read = async (): Promise<number> => {
    state.begun++;
    const seen = state.value;
    await new Promise<void>((resolve) => waiting.push(resolve));
    return seen;
  };
  const settle = async (): Promise<void> => {
    for (const resolve of waiting.splice(0)) resolve();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { state, read, settle };
}

test("a hundred equal reads are two: the first, and one for all who came while it ran", async () => {
  const { state, read, settle } = slowReads();
  const reads = new SharedReads<number>();

  const all = Array.from({ length: 100 }, () => reads.run("page", read));
  await settle();
  await settle();

  expect(await Promise.all(all)).toEqual(Array(100).fill(1));
  expect(state.begun).toBe(2);
  expect(reads.size).toBe(0);
});

test("an answer is never older than the question", async () => {
  const { state, read, settle } = slowReads();
  const reads = new SharedReads<number>();

  const early = reads.run("row", read);
  state.value = 2;
  const late = reads.run("row", read);
  await settle();
  await settle();

  expect([await early, await late]).toEqual([1, 2]);
});

test("different reads do not wait for each other, and an error is that of its own reading", async () => {
  const { read, settle } = slowReads();
  const reads = new SharedReads<number>();

  const failing = reads.run("row", () => Promise.reject(new Error("away")));
  const behind = reads.run("row", read);
  const other = reads.run("other", read);

  await expect(failing).rejects.toThrow("away");
  await settle();
  expect([await behind, await other]).toEqual([1, 1]);
  expect([reads.size, reads.has("row")]).toEqual([0, false]);
});
