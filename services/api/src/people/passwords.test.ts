import { expect, test } from "vitest";
import { bounded } from "./bounded.ts";
import { passwords } from "./passwords.ts";

test("runs so many at once, in the order asked, and refuses who comes when too many wait", async () => {
  const turns = bounded(2, 3, 250);
  const running: number[] = [];
  const release: (() => void)[] = [];
  const work = (n: number) =>
    turns.run(
      () =>
        new Promise<number>((resolve) => {
          running.push(n);
          release.push(() => resolve(n));
        }),
    );

  const first = [work(0), work(1), work(2), work(3), work(4)];
  await Promise.resolve();
  await expect(work(5)).rejects.toMatchObject({ code: "UNAVAILABLE", retryAfterMs: 250 });

  expect(running).toEqual([0, 1]);
  expect(turns.waiting()).toBe(3);
  for (let n = 0; n < 5; n++) {
    release[n]?.();
    await first[n];
    await new Promise(setImmediate);
  }
  expect(running).toEqual([0, 1, 2, 3, 4]);
  expect(await turns.run(async () => "free again")).toBe("free again");
});

test("work that fails gives its place back", async () => {
  const turns = bounded(1, 1, 250);

  await expect(turns.run(() => Promise.reject(new Error("no")))).rejects.toThrow("no");

  expect(await turns.run(async () => 1)).toBe(1);
});

test("a password matches its own hash, and never the absence of one", async () => {
  const { hash, matches } = passwords();
  const secret = await hash("correct horse");

  expect(await matches(secret, "correct horse")).toBe(true);
  expect(await matches(secret, "correct horsf")).toBe(false);
  expect(await matches("", "correct horse")).toBe(false);
  expect(await matches("", "")).toBe(false);
  expect(await hash("correct horse")).not.toBe(secret);
});

test("the absence of a hash costs the work of one", async () => {
  const { hash, matches } = passwords();
  const secret = await hash("correct horse");
  await matches("", "warm up");
  const medianMs = async (stored: string) => {
    const times: number[] = [];
    for (let i = 0; i < 7; i++) {
      const startMs = performance.now();
      await matches(stored, "wrong horse");
      times.push(performance.now() - startMs);
    }
    return times.sort((a, b) => a - b)[3] ?? 0;
  };

  const [known, unknown] = [await medianMs(secret), await medianMs("")];

  // Skipping the hash would take thousandths of this.
  expect(unknown).toBeGreaterThan(known / 3);
});
