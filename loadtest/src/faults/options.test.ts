import { expect, test } from "vitest";
import { readFaultOptions, usage } from "./options.ts";
import type { FaultScenario } from "./scenario.ts";

const scenario = (name: string): FaultScenario => ({
  name,
  about: `what ${name} does`,
  maxS: { quick: 1, full: 1 },
  run: () => Promise.reject(new Error("not run here")),
});
const ALL = [scenario("one"), scenario("two")];

test("scenarios run in the order of the list, each once; all is every one", () => {
  const names = (...args: string[]) => readFaultOptions(args, ALL).scenarios.map(({ name }) => name);

  expect(names("two", "one", "two")).toEqual(["one", "two"]);
  expect(names("all")).toEqual(["one", "two"]);
});

test("the size is full unless it is quick, and a seed is taken or drawn", () => {
  expect(readFaultOptions(["one"], ALL)).toMatchObject({ size: "full", json: undefined });
  expect(readFaultOptions(["one", "--quick", "--seed", "42"], ALL)).toMatchObject({ size: "quick", seed: 42 });
  expect(readFaultOptions(["one", "--minutes", "7"], ALL).minutes).toBe(7);
  expect(readFaultOptions(["one"], ALL).seed).not.toBe(readFaultOptions(["one"], ALL).seed);
});

test.each([
  [[], "name a scenario"],
  [["three"], "there is no scenario three"],
  [["one", "--seed", "x"], "a seed is a whole number"],
  [["one", "--seed", "4294967296"], "a seed is a whole number"],
  [["one", "--minutes", "0"], "minutes are a whole number"],
  [["one", "--slow"], "--slow"],
])("%j is refused", (args, why) => {
  expect(() => readFaultOptions(args, ALL)).toThrow(why);
});

test("the usage names every scenario with what it does", () => {
  expect(usage(ALL)).toMatch(/^ {2}one +what one does\n {2}two +what two does$/m);
});
