import { expect, test } from "vitest";
import { Turns } from "./turns.ts";

test("two run at a time, in the order they came, whether those before ended well or not", async () => {
  const turns = new Turns();
  const begun: number[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const work = (i: number) => () => {
    begun.push(i);
    return new Promise<void>((resolve, reject) => {
      ends[i] = (error) => (error === undefined ? resolve() : reject(error));
    });
  };
  const runs = [0, 1, 2, 3].map((i) => turns.run(work(i)));
  await Promise.resolve();
  const first = [...begun];

  ends[0]?.(new Error("test"));
  await expect(runs[0]).rejects.toThrow("test");
  await new Promise(setImmediate);
  const second = [...begun];
  for (const i of [1, 2]) ends[i]?.();
  await new Promise(setImmediate);
  ends[3]?.();
  await Promise.all(runs.slice(1));

  expect([first, second, begun]).toEqual([
    [0, 1],
    [0, 1, 2],
    [0, 1, 2, 3],
  ]);
});
