import { expect, test } from "vitest";
import { Closers } from "./closers.ts";

function setUp() {
  const closed: string[] = [];
  const resource = (name: string) => ({
    [Symbol.asyncDispose]: async () => void closed.push(name),
  });
  return { closers: new Closers(), closed, resource };
}

test("closes what was opened, last first, each before the next", async () => {
  const { closers, closed, resource } = setUp();
  closers.use(resource("first"));
  closers.use({
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => setImmediate(resolve));
      closed.push("slow");
    },
  });
  closers.defer(() => void closed.push("step"));

  await closers[Symbol.asyncDispose]();

  expect(closed).toEqual(["step", "slow", "first"]);
});

test("hands back what it was given", () => {
  const { closers, resource } = setUp();
  const opened = resource("a");

  expect(closers.use(opened)).toBe(opened);
});

test("one failure stops none of the others, and the first is thrown", async () => {
  const { closers, closed, resource } = setUp();
  closers.use(resource("first"));
  closers.defer(() => Promise.reject(new Error("later failure")));
  closers.defer(() => {
    throw new Error("earlier failure");
  });
  closers.use(resource("last"));

  await expect(closers[Symbol.asyncDispose]()).rejects.toThrow("earlier failure");

  expect(closed).toEqual(["last", "first"]);
});

test("closes everything once", async () => {
  const { closers, closed, resource } = setUp();
  closers.use(resource("a"));

  await closers[Symbol.asyncDispose]();
  await closers[Symbol.asyncDispose]();

  expect(closed).toEqual(["a"]);
});
