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
const ON_SERVERS = [scenario("wide")];

test("scenarios run in the order of the list, each once; all is every one that needs no servers", () => {
  const names = (...args: string[]) => readFaultOptions(args, ALL, ON_SERVERS).scenarios.map(({ name }) => name);

  expect(names("two", "one", "two")).toEqual(["one", "two"]);
  expect(names("all")).toEqual(["one", "two"]);
  expect(names("wide", "all")).toEqual(["one", "two", "wide"]);
});

test("the size is full unless it is quick, and a seed is taken or drawn", () => {
  expect(readFaultOptions(["one"], ALL, ON_SERVERS)).toMatchObject({ size: "full", json: undefined });
  expect(readFaultOptions(["one", "--quick", "--seed", "42"], ALL, ON_SERVERS)).toMatchObject({
    size: "quick",
    seed: 42,
  });
  expect(readFaultOptions(["one", "--minutes", "7"], ALL, ON_SERVERS).minutes).toBe(7);
  expect(readFaultOptions(["one"], ALL, ON_SERVERS).seed).not.toBe(readFaultOptions(["one"], ALL, ON_SERVERS).seed);
});

test.each([
  [[], "name a scenario"],
  [["three"], "there is no scenario three"],
  [["one", "--seed", "x"], "a seed is a whole number"],
  [["one", "--seed", "4294967296"], "a seed is a whole number"],
  [["one", "--minutes", "0"], "minutes are a whole number"],
  [["one", "--slow"], "--slow"],
])("%j is refused", (args, why) => {
  expect(() => readFaultOptions(args, ALL, ON_SERVERS)).toThrow(why);
});

test("the usage names every scenario with what it does", () => {
  expect(usage(ALL, ON_SERVERS)).toMatch(
    /^ {2}one +what one does\n {2}two +what two does$[^]*^ {2}wide +what wide does$/m,
  );
});
