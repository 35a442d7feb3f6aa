import { expect, test } from "vitest";
import { Outstanding } from "./outstanding.ts";

test("what is waited for is given up together, what comes later is not", async () => {
  const outstanding = new Outstanding();
  const never = [outstanding.wait(new Promise(() => {})), outstanding.wait(new Promise(() => {}))];
  const answered = outstanding.wait(Promise.resolve(1));
  const refused = outstanding.wait(Promise.reject(new Error("no")));
  await expect(answered).resolves.toBe(1);
  await expect(refused).rejects.toThrow("no");
  expect(outstanding.size).toBe(2);

  outstanding.fail(new Error("gone"));
  const later = outstanding.wait(Promise.resolve(2));

  for (const one of never) await expect(one).rejects.toThrow("gone");
  await expect(later).resolves.toBe(2);
  expect(outstanding.size).toBe(0);
});

test("an answer that comes after it was given up changes nothing", async () => {
  const outstanding = new Outstanding();
  let come: (value: number) => void = () => {};
  const answer = outstanding.wait(new Promise<number>((resolve) => (come = resolve)));

  outstanding.fail(new Error("gone"));
  come(1);

  await expect(answer).rejects.toThrow("gone");
});
